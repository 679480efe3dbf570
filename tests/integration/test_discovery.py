"""Clients find a server that moves."""
import pathlib
import subprocess
import sys
import unittest


class Discovery(unittest.TestCase):
    def test_clients_follow_the_name_of_a_server_that_moves(self):
        done = subprocess.run(
            ["unshare", "--mount", "--net", sys.executable, "-m", "unittest", "-v",
             "moving_server"], cwd=pathlib.Path(__file__).resolve().parent,
            capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("Ran 3 tests", done.stderr)
