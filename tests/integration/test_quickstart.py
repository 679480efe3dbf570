"""The quickstart's batch: a whole run, and one that is interrupted."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from programs import BUILD, processes_naming, wait_until

BATCH = pathlib.Path(__file__).resolve().parents[2] / "bench" / "quickstart" / "run_batch.py"


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="retz-test-")
        self.addCleanup(self.directory.cleanup)
        os.chmod(self.directory.name, 0o755)
        self.environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                            "TMPDIR": self.directory.name, "PYTHONDONTWRITEBYTECODE": "1"}

    def begin(self, **more):
        return subprocess.Popen(["/usr/bin/python3", BATCH, "--build", BUILD], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, env=self.environment, **more)

    def check_nothing_is_left(self):
        self.assertEqual(os.listdir(self.directory.name), [])
        self.assertEqual(processes_naming(self.directory.name), [])

    def test_the_batch_runs_and_its_result_is_shown(self):
        with self.begin() as process:
            text = process.communicate(timeout=240)[0]
        self.assertEqual(process.returncode, 0, text)
        jobs, of = re.search(r"(\d+) of (\d+) jobs finished", text).groups()
        self.assertEqual(jobs, of)
        self.assertGreaterEqual(int(jobs), 40)
        self.assertRegex(text, r"while jobs waited, \d+ % of [\d.]+ cpus and \d+ % of \d+ MiB")
        self.assertIn("in all    28489 jobs", text)
        self.assertRegex(text, r"merge +finished +0 ")
        self.check_nothing_is_left()

    def test_an_interrupt_leaves_nothing_behind(self):
        with self.begin(start_new_session=True) as process:
            wait_until(lambda: "ended" in process.stdout.readline(), "progress")
            os.killpg(process.pid, signal.SIGINT)
            text = process.communicate(timeout=120)[0]
        self.assertEqual(process.returncode, 130, text)
        self.check_nothing_is_left()


if __name__ == "__main__":
    unittest.main()
