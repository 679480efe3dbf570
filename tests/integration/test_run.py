"""retz-client run: streams, exit codes, Ctrl-C."""
import os
import signal
import subprocess
import time
import unittest

from programs import CLIENT, WithServer, local_only, wait_until


class Run(WithServer):
    def run_job(self, *arguments, status=0, stdin=None):
        return self.server.client("run", "-A", "test", *arguments, status=status, stdin=stdin)

    def test_both_streams_come_and_the_exit_code_is_the_jobs_own(self):
        done = self.run_job("-c", "echo out; echo err >&2; exit 7", status=7)
        self.assertEqual(done.stdout, "out\n")
        self.assertIn("err\n", done.stderr)

    def test_words_behind_two_dashes_are_the_command(self):
        done = self.run_job("--", "printf", "%s|", "a b", "it's", "$HOME")
        self.assertEqual(done.stdout, "a b|it's|$HOME|")

    def test_a_command_of_a_dash_is_read_from_stdin(self):
        self.assertEqual(self.run_job("-cmd", "-", stdin="echo of stdin\n").stdout, "of stdin\n")

    def test_a_signal_makes_128_and_its_number(self):
        self.run_job("-c", "kill -SEGV $$", status=128 + signal.SIGSEGV)

    def test_a_time_limit_makes_124(self):
        done = self.run_job("--time-limit", "0.3", "--grace-period", "1", "--", "sleep", "100",
                            status=124)
        self.assertIn("timed_out", done.stderr)

    def test_what_cannot_be_submitted_makes_125_and_bad_usage_2(self):
        self.assertIn("nowhere", self.server.client("run", "-A", "nowhere", "--", "true",
                                                    status=125).stderr)
        self.assertIn("--cpu", self.run_job("--cpsu", "1", "--", "true", status=2).stderr)
        self.assertEqual(self.server.client("get-job", "abc", status=2).stderr,
                         'retz-client: --id: "abc" is not a whole number from 1 on; '
                         "`retz-client get-job --help` says more\n")
        self.assertEqual(self.run_job("--cpu", "0", "--", "true", status=125).stderr.count("cpus"),
                         1)

    def test_a_command_that_is_not_there_makes_127(self):
        self.run_job("--", "no-such-program", status=127)

    def test_a_large_output_arrives_whole(self):
        done = self.run_job("-c", "seq 300000; seq 300000 >&2")
        wanted = "".join(f"{n}\n" for n in range(1, 300001))
        self.assertEqual(done.stdout, wanted)
        self.assertEqual(done.stderr, wanted)

    @local_only("it reaches into the sandbox")
    def test_output_comes_while_the_job_runs(self):
        with subprocess.Popen([CLIENT, "-C", self.server.config, "run", "-A", "test", "-c",
                               "echo first; while ! test -e go; do sleep 0.05; done; echo last"],
                              stdout=subprocess.PIPE, text=True) as process:
            self.assertEqual(process.stdout.readline(), "first\n")
            job = self.server.json("list", "-n", "1")[0]["id"]
            sandbox = os.path.join(self.server.data, "sandboxes", str(job), "1", "box")
            with open(os.path.join(sandbox, "go"), "w", encoding="utf-8"):
                pass
            self.assertEqual(process.stdout.read(), "last\n")
            self.assertEqual(process.wait(), 0)

    def test_a_retried_job_shows_all_its_attempts(self):
        done = self.run_job("--max-attempts", "3", "--retry-on", "exit", "-c",
                            "echo try $RETZ_ATTEMPT; test $RETZ_ATTEMPT = 2")
        self.assertEqual(done.stdout, "try 1\ntry 2\n")

    def test_ctrl_c_kills_the_job(self):
        with subprocess.Popen([CLIENT, "-C", self.server.config, "run", "-A", "test", "-N",
                               "victim", "-c", "echo here; sleep 1000"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            self.assertEqual(process.stdout.readline(), "here\n")
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 143)
            self.assertIn("interrupted", process.stderr.read())
        job = self.server.json("list", "--state", "ALL", "-N", "victim")[0]
        self.assertEqual(job["state"], "killed")

    def test_ctrl_c_before_the_start_kills_a_waiting_job(self):
        nodes = self.server.json("nodes")[0]
        block = self.server.submit("sleep 1000", "--cpu", str(nodes["capacity"]["cpus"]))
        self.server.wait_state(block, "active")
        with subprocess.Popen([CLIENT, "-C", self.server.config, "run", "-A", "test", "-N", "waits",
                               "--", "true"], stderr=subprocess.PIPE) as process:
            wait_until(lambda: self.server.json("list", "-N", "waits"), "the job to be queued")
            time.sleep(0.2)  # into the wait for its files; either way the outcome is the same
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 143)
        self.server.client("kill", str(block))
        self.server.wait_state(block, "killed")

    def test_jobs_start_with_signals_as_they_should_be(self):
        done = self.run_job("--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status")
        masks = [int(line.split()[1], 16) for line in done.stdout.splitlines()]
        # From 32 on they are the C library's own, which no program can set back.
        self.assertEqual([mask & 0x7FFFFFFF for mask in masks], [0, 0])


if __name__ == "__main__":
    unittest.main()
