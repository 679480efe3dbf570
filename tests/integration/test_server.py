"""retz-server as a program: start, refusals, signals, outputs nobody reads, rest."""
import http.client
import os
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

from programs import CLIENT, SERVER, PATIENCE, Server, processes_naming, wait_until


def ended(*arguments):
    return subprocess.run([SERVER, *arguments], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, check=False)


class Start(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)

    def test_it_tells_address_directory_and_next_command_and_they_work(self):
        wait_until(lambda: "run -A test" in self.server.log_text(), "the banner")
        text = self.server.log_text()
        self.assertIn(self.server.properties()["retz.server.uri"], text)
        self.assertIn(self.server.data, text)
        self.assertNotIn(self.server.properties()["retz.access.secret"], text)
        mode = stat.S_IMODE(os.stat(self.server.config).st_mode)
        self.assertEqual(mode, 0o600)
        for line in text.splitlines():
            if f"{self.server.config} " in line:
                words = line[line.index(os.path.dirname(CLIENT)):].split()
                subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE)

    def test_it_answers_only_once_its_properties_can_be_read(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        for _ in range(5):
            with tempfile.TemporaryDirectory() as data:
                server = subprocess.Popen([SERVER, "--data", data, "--bind", f"127.0.0.1:{port}"],
                                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)
                try:
                    wait_until(lambda: self.answers(port), "an answer")
                    self.assertTrue(os.path.exists(os.path.join(data, "client.properties")))
                finally:
                    server.terminate()
                    server.wait(PATIENCE)
                    for pid in processes_naming(data):
                        os.kill(pid, signal.SIGTERM)
                    wait_until(lambda: not processes_naming(data), "the supervisor's end")

    @staticmethod
    def answers(port):
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            wire.request("GET", "/v1/ping")
            return wire.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            wire.close()

    def test_a_second_server_on_the_same_directory_is_refused(self):
        second = ended("--data", self.server.data, "--bind", "127.0.0.1:0")
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"pid {self.server.process.pid}", second.stderr)
        self.server.client("ping")

    def test_a_taken_port_is_told_with_the_way_out(self):
        with socket.socket() as taken, tempfile.TemporaryDirectory() as data:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            second = ended("--data", data, "--bind", f"127.0.0.1:{port}")
            self.assertEqual(second.returncode, 1)
            self.assertIn(str(port), second.stderr)

    def test_sigterm_ends_it_running_jobs_go_on_and_are_found_again(self):
        self.server.client("load-app", "-A", "test")
        out = os.path.join(self.server.directory, "went-on")
        os.mkdir(out)
        os.chmod(out, 0o777)
        running = self.server.submit(
            f"while ! test -e {out}/go; do sleep 0.05; done; touch {out}/done; exit 5")
        long = self.server.submit("sleep 1000", "--cpu", "0.1")
        waiting = self.server.submit(
            "echo later", "--cpu", str(self.server.json("nodes")[0]["capacity"]["cpus"]))
        self.server.wait_state(running, "active")
        self.server.wait_state(long, "active")
        self.assertEqual(self.server.end(signal.SIGTERM), 0)
        with open(os.path.join(out, "go"), "w", encoding="utf-8"):
            pass
        wait_until(lambda: os.path.exists(os.path.join(out, "done")), "the job to go on")
        self.server.start()
        record = self.server.wait(running)
        self.assertEqual((record["state"], record["outcome"]["exit_code"], record["attempts"]),
                         ("failed", 5, 1))
        self.assertEqual(self.server.job(long)["state"], "active")
        self.assertEqual(self.server.job(long)["attempts"], 1)
        self.server.client("kill", str(long))
        self.assertEqual(self.server.wait(waiting)["state"], "finished")

    def test_sigint_ends_it_too_and_frees_the_directory(self):
        self.assertEqual(self.server.end(signal.SIGINT), 0)
        self.server.start()
        self.server.client("ping")

    def test_kill_nine_loses_nothing_and_the_properties_name_the_new_address(self):
        self.server.client("load-app", "-A", "test")
        job = self.server.submit("sleep 0.5; echo survived")
        self.server.wait_state(job, "active")
        secret = self.server.properties()["retz.access.secret"]
        self.server.process.kill()
        self.server.process.wait()
        self.server.start()
        self.assertEqual(self.server.properties()["retz.access.secret"], secret)
        record = self.server.wait(job)
        self.assertEqual((record["state"], record["attempts"]), ("finished", 1))

    def test_at_rest_it_uses_no_cpu_and_little_memory(self):
        self.server.client("ping")

        def ticks():
            with open(f"/proc/{self.server.process.pid}/stat", encoding="utf-8") as file:
                return sum(int(n) for n in file.read().rsplit(")", 1)[1].split()[11:13])
        time.sleep(1)
        before = ticks()
        time.sleep(3)
        self.assertLessEqual(ticks() - before, 1)
        with open(f"/proc/{self.server.process.pid}/status", encoding="utf-8") as file:
            rss = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        print(f"resident at rest: {rss} KiB", end=" ")
        # A sanitizer's own books are as large as what it watches.
        sanitized = os.environ.get("RETZ_SANITIZE", "none") != "none"
        self.assertLess(rss, (90 if sanitized else 30) * 1024)


class Outputs(unittest.TestCase):
    def serves(self, stdout):
        server = Server(stdout=stdout)
        self.addCleanup(server.stop)
        server.client("load-app", "-A", "test")
        for _ in range(3):
            self.assertEqual(server.wait(server.submit("true"))["state"], "finished")
        self.assertEqual(server.end(), 0)

    def test_a_full_pipe_that_nobody_reads_does_not_stop_it(self):
        read, write = os.pipe()
        os.set_blocking(write, False)
        try:
            while True:
                os.write(write, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(write, True)
        self.serves(write)
        os.close(write)
        os.close(read)

    def test_a_pipe_whose_reader_has_gone_does_not_stop_it(self):
        read, write = os.pipe()
        os.close(read)
        self.serves(write)
        os.close(write)

    def test_a_full_device_does_not_stop_it(self):
        with open("/dev/full", "wb") as full:
            self.serves(full)

    def test_closed_outputs_do_not_stop_it_and_no_log_gets_into_the_database(self):
        directory = tempfile.TemporaryDirectory(prefix="retz-test-")
        self.addCleanup(directory.cleanup)
        data = os.path.join(directory.name, "data")
        process = subprocess.Popen(
            f"exec '{SERVER}' --data '{data}' --bind 127.0.0.1:0 <&- >&- 2>&-", shell=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        config = os.path.join(data, "client.properties")
        wait_until(lambda: os.path.exists(config), "client.properties")
        subprocess.run([CLIENT, "-C", config, "load-app", "-A", "test"], check=True,
                       stdout=subprocess.DEVNULL, timeout=PATIENCE)
        for name in range(3):
            target = os.readlink(f"/proc/{process.pid}/fd/{name}")
            self.assertEqual(target, "/dev/null")


class Refusals(unittest.TestCase):
    def refused(self, *arguments, wanted):
        done = ended(*arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        for word in wanted:
            self.assertIn(word, done.stderr)

    def test_bad_options_name_option_value_and_fix(self):
        self.refused("--bind", "nowhere", wanted=["--bind", "nowhere", "http://HOST:PORT"])
        self.refused("--cpus", "many", wanted=["--cpus", "many", "number"])
        self.refused("--mem", "1 apple", wanted=["--mem", "1 apple"])
        self.refused("--dtaa", "/tmp", wanted=["--dtaa", "--data"])
        self.refused("-M", "mesos", wanted=["retz.mesos", "HOST:PORT", "zk://"])
        self.refused("-C", "/none/p", wanted=["/none/p"])

    def test_bad_properties_name_file_line_key_and_fix(self):
        with tempfile.NamedTemporaryFile("w", suffix=".properties") as file:
            file.write("# server\nretz.max.cpus = lots\n")
            file.flush()
            self.refused("-C", file.name, wanted=[f"{file.name}:2", "retz.max.cpus", "lots"])

    def test_a_directory_that_cannot_be_made_is_told(self):
        done = ended("--data", "/proc/none/retz", "--bind", "127.0.0.1:0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/proc/none", done.stderr)
        self.assertIn("--data", done.stderr)


class Properties(unittest.TestCase):
    def test_limits_policy_and_unknown_keys_take_effect(self):
        with tempfile.NamedTemporaryFile("w", suffix=".properties") as file:
            file.write("retz.max.mem = 64MiB\nretz.planner.name = priority\nretz.max.cpu = 3\n"
                       "retz.fit = first\n")
            file.flush()
            server = Server("-C", file.name)
            self.addCleanup(server.stop)
        server.client("load-app", "-A", "test")
        done = server.client("schedule", "-A", "test", "-c", "true", "--mem", "65", status=1)
        self.assertIn("mem", done.stderr)
        self.assertIn("64", done.stderr)
        status = server.json("status")[0]
        self.assertEqual((status["ordering"], status["planner"], status["fit_rule"]),
                         ("priority", "strict", "first"))
        wait_until(lambda: "retz.max.cpus" in server.log_text(), "the warning")


if __name__ == "__main__":
    unittest.main()
