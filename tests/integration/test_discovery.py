"""Clients find a server that moves."""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import unittest


def root_is_a_mount():
    """Not so in a folder that a program was confined to by chroot alone."""
    lines = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return any(line.split()[4] == "/" for line in lines)


class Discovery(unittest.TestCase):
    def test_clients_follow_the_name_of_a_server_that_moves(self):
        # Elsewhere nothing is seen of what is mounted there; in a chroot the test takes it away.
        private = [] if root_is_a_mount() else ["--propagation", "unchanged"]
        inside = subprocess.Popen(
            ["unshare", "--mount", *private, "--net", sys.executable, "-m", "unittest", "-v",
             "moving_server"], cwd=pathlib.Path(__file__).resolve().parent,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            out, _ = inside.communicate(timeout=600)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(inside.pid, signal.SIGKILL)
        self.assertEqual(inside.returncode, 0, out)
        self.assertIn("Ran 3 tests", out)
