"""The quickstart's batch: a whole run, one that is kept, and interrupted ones."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

from programs import BUILD, wait_until
from server_process import cgroups_below, processes_naming

BATCH = pathlib.Path(__file__).resolve().parents[2] / "bench" / "quickstart" / "run_batch.py"


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="retz-test-")
        self.addCleanup(self.directory.cleanup)
        os.chmod(self.directory.name, 0o755)
        self.environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                            "TMPDIR": self.directory.name, "PYTHONDONTWRITEBYTECODE": "1"}

    def begin(self, *options, **more):
        return subprocess.Popen(["/usr/bin/python3", BATCH, "--build", BUILD, *options], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, env=self.environment, **more)

    def instances(self):
        """Names of the control groups that jobs of this test run in just now."""
        found = set()
        for pid in processes_naming(self.directory.name):
            with contextlib.suppress(OSError):
                groups = pathlib.Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
                found.update(re.findall(r"/retz/([^/\s]+)/", groups))
        return found

    def check_nothing_is_left(self, instances=()):
        self.assertEqual(os.listdir(self.directory.name), [])
        self.assertEqual(processes_naming(self.directory.name), [])
        self.assertEqual(cgroups_below(instances), [])

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
            instances = self.instances()
            os.killpg(process.pid, signal.SIGINT)
            text = process.communicate(timeout=120)[0]
        self.assertEqual(process.returncode, 130, text)
        self.check_nothing_is_left(instances)

    def test_an_interrupt_at_any_time_leaves_nothing_behind(self):
        for tenths in (0, 1, 2, 3, 5, 8, 13):
            with self.subTest(tenths=tenths), self.begin(start_new_session=True) as process:
                time.sleep(0.15 + tenths / 10)  # into another phase of the start each time
                os.killpg(process.pid, signal.SIGINT)
                text = process.communicate(timeout=120)[0]
                # Before Python has read the program, the signal ends it as it ends any other.
                self.assertIn(process.returncode, (130, -signal.SIGINT), text)
                self.check_nothing_is_left()

    def test_a_kept_server_goes_on_and_ends_as_it_said(self):
        with self.begin("--keep") as process:
            text = process.communicate(timeout=240)[0]
        self.assertEqual(process.returncode, 0, text)
        told = re.search(r"^stop it with:\n  (kill \d+)$", text, re.M)
        self.addCleanup(self.end_all)
        for line in re.search(r"log: .*\n((?:  .*\n)+)", text).group(1).splitlines():
            subprocess.run(["sh", "-c", line], check=True, stdout=subprocess.DEVNULL, timeout=60)
        subprocess.run(["sh", "-c", told.group(1)], check=True, timeout=60)
        wait_until(lambda: not [pid for pid in processes_naming("retz-server")
                                if pid in processes_naming(self.directory.name)], "its end")
        subprocess.run(["sh", "-c", re.search(r"rm -r .*$", text, re.M).group()], check=True,
                       timeout=60)
        self.assertEqual(os.listdir(self.directory.name), [])

    def end_all(self):
        for pid in processes_naming(self.directory.name):
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not processes_naming(self.directory.name), "the end of retz-exec")


if __name__ == "__main__":
    unittest.main()
