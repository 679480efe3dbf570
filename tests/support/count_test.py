"""What must not pass unseen: each kind of bad test program, run by a real meson, is counted."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import cases
import count

DOCTEST_PROGRAM = os.environ.get("RETZ_COUNTED_CASES", "")


def run_under_meson(body, timeout=10):
    """The record that meson writes of one test whose program is the shell script `body`."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        script = root / "case.sh"
        script.write_text("#!/bin/sh\n" + body + "\n")
        script.chmod(0o755)
        (root / "meson.build").write_text(
            "project('t')\n"
            f"test('case', find_program('./case.sh'), timeout: {timeout})\n")
        quiet = {"cwd": root, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["meson", "setup", "build"], check=True, **quiet)
        subprocess.run(["meson", "test", "-C", "build", "--no-rebuild"], check=False, **quiet)
        return count.count([root / "build/meson-logs/testlog.json"], [])[:2]


class ProgramsUnderMeson(unittest.TestCase):
    def test_a_passing_doctest_counts_its_cases(self):
        self.assertEqual(run_under_meson(f"{DOCTEST_PROGRAM} -ns -tc=passes; true")[0], 1)

    def test_a_failing_doctest_counts_as_failed(self):
        self.assertEqual(run_under_meson(f"{DOCTEST_PROGRAM} -ns -tc=fails"), (0, 1))
        self.assertEqual(run_under_meson(f"{DOCTEST_PROGRAM} -ns -tce=crashes"), (1, 1))

    def test_a_failing_doctest_that_ends_with_0_counts_as_failed(self):
        self.assertEqual(run_under_meson(f"{DOCTEST_PROGRAM} -ns -tc=fails; exit 0"), (0, 1))

    def test_a_crashing_doctest_counts_as_failed(self):
        self.assertEqual(run_under_meson(f"{DOCTEST_PROGRAM} -ns -tc=crashes"), (0, 1))

    def test_a_skipped_doctest_case_counts_as_failed(self):
        self.assertEqual(run_under_meson(f"{DOCTEST_PROGRAM}"), (1, 2))

    def test_a_program_that_dies_after_its_summary_counts_as_failed(self):
        self.assertEqual(run_under_meson("echo '7 passed, 0 failed'; kill -SEGV $$"), (7, 1))

    def test_a_program_that_runs_too_long_counts_as_failed(self):
        self.assertEqual(run_under_meson("exec sleep 60", timeout=1), (0, 1))

    def test_a_program_that_skips_itself_counts_as_failed(self):
        self.assertEqual(run_under_meson("exit 77"), (0, 1))

    def test_a_program_that_reports_no_case_counts_as_failed(self):
        self.assertEqual(run_under_meson("echo all is well"), (0, 1))


class Records(unittest.TestCase):
    @staticmethod
    def record(**fields):
        return {"name": "retz:crash / crash kill_nine", "result": "OK", "returncode": 0, "stdout": "", **fields}

    def test_a_skip_counts_as_failed_unless_its_name_is_allowed(self):
        skipped = self.record(result="SKIP", returncode=77)
        self.assertEqual(count.judge(skipped, [])[:2], (0, 1))
        self.assertEqual(count.judge(skipped, ["other"])[:2], (0, 1))
        self.assertEqual(count.judge(skipped, ["crash kill_nine"])[:2], (0, 0))

    def test_skipped_cases_of_our_own_programs_count_as_failed(self):
        partly = self.record(stdout="3 passed, 0 failed, 2 skipped\n")
        self.assertEqual(count.judge(partly, [])[:2], (3, 2))
        self.assertEqual(count.judge(partly, ["crash*"])[:2], (3, 0))

    def test_several_summaries_of_one_program_are_summed(self):
        twice = "[doctest] test cases:  4 |  4 passed | 0 failed | 0 skipped\n2 passed, 0 failed\n"
        self.assertEqual(count.judge(self.record(stdout=twice), [])[:2], (6, 0))

    def test_coloured_summaries_are_read(self):
        text = "\x1b[0;36m[doctest] \x1b[0mtest cases: \x1b[0;32m 5\x1b[0m | 5 passed | 0 failed |"
        self.assertEqual(count.judge(self.record(stdout=text), [])[:2], (5, 0))

    def test_a_program_meant_to_fail_counts_as_one(self):
        self.assertEqual(count.judge(self.record(result="EXPECTEDFAIL"), [])[:2], (1, 0))
        self.assertEqual(count.judge(self.record(result="UNEXPECTEDPASS"), [])[:2], (0, 1))

    def test_a_log_without_records_counts_as_failed(self):
        with tempfile.NamedTemporaryFile("w") as empty:
            self.assertEqual(count.count([empty.name], [])[:2], (0, 1))

    def test_logs_are_summed(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
            log.write(json.dumps(self.record(stdout="2 passed, 0 failed\n")) + "\n")
            log.write(json.dumps(self.record(stdout="1 passed, 1 failed\n", result="FAIL")) + "\n")
            log.flush()
            self.assertEqual(count.count([log.name, log.name], [])[:2], (6, 2))


class TheLastLine(unittest.TestCase):
    @staticmethod
    def command(*arguments):
        done = subprocess.run([sys.executable, count.__file__, *arguments], check=False,
                              capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_it_stands_alone_and_the_exit_status_agrees(self):
        self.assertEqual(self.command("--passed", "a"), (0, "1 passed, 0 failed"))
        self.assertEqual(self.command("--passed", "a", "--failed", "b"), (1, "1 passed, 1 failed"))

    def test_no_test_at_all_is_not_a_success(self):
        self.assertEqual(self.command(), (1, "0 passed, 0 failed"))


if __name__ == "__main__":
    cases.run()
