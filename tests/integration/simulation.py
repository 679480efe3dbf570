"""retz-sim run by a test in a folder of its own, and the workloads of the repository."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from programs import BUILD, PATIENCE

SIM = os.path.join(BUILD, "src", "cli", "sim", "retz-sim")
WORKLOADS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench",
                         "workloads")


def sim(*arguments, status=0, environment=None):
    done = subprocess.run([SIM, *arguments], capture_output=True, text=True, timeout=PATIENCE * 5,
                          check=False, env=environment)
    if done.returncode != status:
        raise AssertionError(f"{arguments} exited {done.returncode}, not {status}:\n"
                             f"{done.stdout}{done.stderr}")
    return done


class WithFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="retz-sim-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def sim(self, *arguments, status=0):
        return sim(*arguments, status=status)

    def result(self, *arguments):
        return json.loads(self.sim(*arguments, "--json").stdout)

    def refused(self, words, *arguments):
        done = self.sim(*arguments, status=2)
        self.assertEqual(done.stdout, "")
        self.assertIn(words, done.stderr)
