"""The samples of etc/, run by those for whom they are written, or as those would run them: systemd,
Supervisor, Chronos, Marathon."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

from programs import BUILD, CLIENT, SERVER, Server, processes_naming, wait_until
from scripted_mesos import ScriptedMesos
from server_process import free_port

ETC = pathlib.Path(__file__).resolve().parents[2] / "etc"


class Installed:
    """The samples as on a machine of one's own: another prefix, another port, other folders."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="retz-test-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.data = self.folder / "data"
        for name, program in (("retz-server", SERVER), ("retz-client", CLIENT),
                              ("retz-exec", os.path.join(BUILD, "src", "exec", "retz-exec"))):
            target = self.folder / ("retz-client" if name == "retz-client" else "retz-server")
            (target / "bin").mkdir(parents=True, exist_ok=True)
            (target / "etc").mkdir(exist_ok=True)
            (target / "bin" / name).symlink_to(program)
        (self.folder / "log").mkdir()
        self.properties = self.folder / "retz-server" / "etc" / "retz.properties"
        self.write("retz.properties", self.properties)

    def write(self, sample, file, changes=()):
        text = (ETC / sample).read_text()
        for before, after in (("/opt/", f"{self.folder}/"), ("/var/log/retz", f"{self.folder}/log"),
                              ("/var/lib/retz", str(self.data)),
                              ("127.0.0.1:9090", f"127.0.0.1:{self.port}"), *changes):
            text = text.replace(before, after)
        file.write_text(text)
        return file

    def answers(self):
        try:
            ping = f"http://127.0.0.1:{self.port}/v1/ping"
            with urllib.request.urlopen(ping, timeout=5) as answer:
                return answer.status == 200 and (self.data / "client.properties").exists()
        except OSError:
            return False

    def client(self, *arguments):
        done = subprocess.run([CLIENT, "-C", self.data / "client.properties", *arguments],
                              capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def take_away(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in processes_naming(str(self.folder)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            with contextlib.suppress(AssertionError):
                wait_until(lambda: not processes_naming(str(self.folder)), "the end of it all")
                break
        shutil.rmtree(self.folder, ignore_errors=True)


class Deployment(unittest.TestCase):
    def setUp(self):
        self.installed = Installed()
        self.addCleanup(self.installed.take_away)

    def test_systemd_accepts_the_unit(self):
        unit = self.installed.write("systemd/retz-server.service",
                                    self.installed.folder / "retz-server.service")
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        unit.write_text(unit.read_text().replace("bin/retz-server ", "bin/retz-servant "))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True,
                              text=True, check=False)
        self.assertIn("retz-servant", done.stderr)

    def supervise(self):
        here = self.installed.folder
        sample = self.installed.write("supervisor/retz-server.conf", here / "program.conf",
                                      (("20MB", "2KB"),))
        config = here / "supervisord.conf"
        config.write_text(
            f"[unix_http_server]\nfile={here}/socket\n[supervisord]\nnodaemon=true\n"
            f"logfile={here}/supervisord.log\npidfile={here}/supervisord.pid\n"
            "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = "
            "supervisor.rpcinterface:make_main_rpcinterface\n"
            f"[supervisorctl]\nserverurl=unix://{here}/socket\n[include]\nfiles={sample}\n")
        supervisor = subprocess.Popen(["supervisord", "-n", "-c", config], cwd=here,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.addCleanup(supervisor.wait, 60)
        self.addCleanup(supervisor.terminate)

        def control(*words):
            return subprocess.run(["supervisorctl", "-c", config, *words], capture_output=True,
                                  text=True, check=False).stdout
        return control

    def test_supervisor_starts_the_server_again_and_jobs_go_on(self):
        control = self.supervise()
        wait_until(self.installed.answers, "the server under Supervisor")
        self.installed.client("load-app", "-A", "deep")
        self.installed.client("schedule", "-A", "deep", "--cpu", "1", "--mem", "64",
                              "-c", "sleep 8; echo as if nothing had happened")
        wait_until(lambda: self.job(1)["state"] == "active", "the job's start")
        first = control("pid", "retz-server").strip()
        os.kill(int(first), signal.SIGKILL)
        wait_until(lambda: re.fullmatch(r"[1-9]\d*", control("pid", "retz-server").strip()) and
                   control("pid", "retz-server").strip() != first, "another server")
        wait_until(self.installed.answers, "the server again")
        wait_until(lambda: self.job(1)["state"] == "finished", "the end of the job")
        self.assertEqual(self.job(1)["attempts"], 1)
        self.assertEqual(self.installed.client("get-file", "-i", "1", "--path", "stdout"),
                         "as if nothing had happened\n")

    def job(self, number):
        found = json.loads(self.installed.client("get-job", "-i", str(number), "--json"))
        return found.get("job", found)

    def test_supervisor_rotates_the_log(self):
        control = self.supervise()
        log = self.installed.folder / "log" / "retz-server.log.1"
        for _ in range(12):
            wait_until(self.installed.answers, "the server under Supervisor")
            if log.exists():
                break
            control("restart", "retz-server")
        self.assertTrue(log.exists())
        self.assertIn("listens at", log.read_text())

    def test_chronos_runs_its_job_through_the_client(self):
        config = self.installed.properties
        server = subprocess.Popen(
            [self.installed.folder / "retz-server" / "bin" / "retz-server", "-C", config],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait, 60)
        self.addCleanup(server.terminate)
        wait_until(self.installed.answers, "the server")
        self.installed.client("load-app", "-A", "nightly")
        job = json.loads((ETC / "chronos" / "nightly.json").read_text())
        told = {one["name"]: one["value"].replace("/opt/", f"{self.installed.folder}/")
                for one in job["environmentVariables"]}
        shutil.copy(self.installed.data / "client.properties", told["RETZ_PROPERTIES"])
        sandbox = self.installed.folder / "sandbox"
        sandbox.mkdir()
        done = subprocess.run(["/bin/sh", "-c", job["command"]], cwd=sandbox, capture_output=True,
                              text=True, timeout=120, check=False,
                              env={"PATH": "/usr/bin:/bin", **told})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("the books are closed", done.stdout)
        self.assertEqual(self.job(1)["state"], "finished")


class Marathon:
    """Runs one instance of a definition at a time, each in an empty sandbox at another port."""

    def __init__(self, definition, environment, folder):
        self.definition, self.environment, self.folder = definition, environment, folder
        self.process, self.port, self.sandbox, self.started = None, 0, None, 0

    def start(self):
        self.started += 1
        self.port = free_port()
        self.sandbox = self.folder / f"sandbox-{self.started}"
        self.sandbox.mkdir(mode=0o755)
        told = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOST": "127.0.0.1",
                "MESOS_SANDBOX": str(self.sandbox), "MESOS_TASK_ID": f"retz.{self.started}",
                "MARATHON_APP_ID": self.definition["id"], "PORT": str(self.port),
                "PORT0": str(self.port), "PORTS": str(self.port), **self.environment}
        with open(self.folder / "marathon.log", "ab") as log:
            self.process = subprocess.Popen(["/bin/sh", "-c", self.definition["cmd"]], env=told,
                                            cwd=self.sandbox, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        wait_until(self.healthy, "the health check")

    def healthy(self):
        if self.process.poll() is not None:
            raise AssertionError((self.folder / "marathon.log").read_text(errors="replace")[-2000:])
        check = self.definition["healthChecks"][0]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{check['path']}",
                                        timeout=check["timeoutSeconds"]) as answer:
                return answer.status == 200
        except OSError:
            return False

    def kill(self):
        self.process.terminate()
        self.process.wait(self.definition["taskKillGracePeriodSeconds"])
        shutil.rmtree(self.sandbox)

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def client(self, *arguments):
        done = subprocess.run([CLIENT, "-C", self.sandbox / "data" / "client.properties",
                               *arguments], capture_output=True, text=True, timeout=120,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout


class OnMarathon(unittest.TestCase):
    def test_an_empty_sandbox_elsewhere_goes_on_with_all_that_there_was(self):
        mesos = ScriptedMesos(BUILD)
        self.addCleanup(mesos.stop)
        installed = Installed()
        self.addCleanup(installed.take_away)
        shared = installed.folder / "shared"
        shared.mkdir()
        definition = json.loads((ETC / "marathon" / "retz-server.json").read_text())
        environment = {**definition["env"], "RETZ_MASTERS": mesos.address,
                       "RETZ_SERVER": str(installed.folder / "retz-server/bin/retz-server"),
                       "RETZ_SNAPSHOT": str(shared / "retz.snapshot")}
        self.assertEqual(environment.keys(), definition["env"].keys())
        marathon = Marathon(definition, environment, installed.folder)
        self.addCleanup(marathon.end)
        marathon.start()
        marathon.client("load-app", "-A", "moved")
        marathon.client("run", "-A", "moved", "--cpu", "1", "--mem", "64", "-c", "echo first")
        marathon.client("schedule", "-A", "moved", "--cpu", "1", "--mem", "64",
                        "-c", "sleep 12; echo second")
        marathon.client("schedule", "-A", "moved", "--cpu", "1000", "--mem", "64", "-c", "true")
        wait_until(lambda: mesos.tasks_running() == 1, "the task of job 2")
        before = self.told(marathon)
        first_port = marathon.port
        marathon.kill()
        marathon.start()
        self.assertNotEqual(marathon.port, first_port)
        self.assertEqual(self.told(marathon), before)
        wait_until(lambda: self.job(marathon, 2)["state"] == "finished", "the end of job 2")
        self.assertEqual(self.job(marathon, 2)["attempts"], 1)
        self.assertEqual(marathon.client("get-file", "-i", "2", "--path", "stdout"), "second\n")

    def told(self, marathon):
        """What must be the same: framework, applications, and the jobs that there are."""
        status = json.loads(marathon.client("status", "--json"))
        jobs = map(json.loads, marathon.client("list", "--state", "ALL", "--json").splitlines())
        listed = [(job["id"], job["state"], job["command"]) for job in jobs]
        apps = marathon.client("list-app", "--json")
        key = (marathon.sandbox / "data" / "client.properties").read_text().splitlines()[3:]
        return status["mesos"]["framework_id"], listed, apps, key

    def job(self, marathon, number):
        found = json.loads(marathon.client("get-job", "-i", str(number), "--json"))
        return found.get("job", found)


class Snapshots(unittest.TestCase):
    """retz-server --snapshot and --restore."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="retz-test-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder)
        self.copy = self.folder / "retz.snapshot"
        self.properties = self.folder / "retz.properties"
        self.properties.write_text("retz.snapshot.interval = 1s\n")

    def server(self, *options):
        server = Server("-C", str(self.properties), *options)
        self.addCleanup(server.stop)
        return server

    def jobs(self, file):
        done = subprocess.run(["sqlite3", file, "select id from jobs order by id"],
                              capture_output=True, text=True, check=False)
        return done.stdout.split()

    def test_a_copy_follows_the_store_and_harms_it_in_nothing(self):
        server = self.server("--snapshot", str(self.copy))
        server.client("load-app", "-A", "copied")
        server.client("run", "-A", "copied", "-c", "true")
        wait_until(lambda: self.jobs(self.copy) == ["1"], "the copy")
        self.assertEqual(self.copy.stat().st_mode & 0o777, 0o600)
        # Another program opens the live store and closes it: the last words are kept all the same.
        store = os.path.join(server.data, "retz.db")
        self.assertEqual(self.jobs(store), ["1"])
        server.client("run", "-A", "copied", "-c", ":")
        server.process.kill()
        server.process.wait()
        self.assertEqual(self.jobs(store), ["1", "2"])

    def test_the_copy_of_another_server_is_not_replaced(self):
        first = self.server("--snapshot", str(self.copy))
        first.client("load-app", "-A", "first")
        self.assertEqual(first.end(), 0)
        before = self.copy.read_bytes()
        second = self.server("--snapshot", str(self.copy))
        second.client("load-app", "-A", "second")
        wait_until(lambda: "is of another server" in second.log_text(), "the complaint")
        second.end()
        self.assertEqual(self.copy.read_bytes(), before)
        third = self.server("--snapshot", str(self.copy), "--restore", str(self.copy))
        self.assertIn("first", third.client("list-app").stdout)
        third.end()
        self.assertNotIn("no snapshot", third.log_text())
        self.assertNotEqual(self.copy.read_bytes(), before)

    def test_what_is_left_of_another_store_is_not_played_into_a_restored_one(self):
        server = self.server("--snapshot", str(self.copy))
        server.end()
        data = self.folder / "data"
        data.mkdir()
        (data / "retz.db-wal").write_bytes(b"left")
        done = subprocess.run([SERVER, "--data", data, "--bind", "127.0.0.1:0",
                               "--restore", self.copy], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("retz.db-wal is left of a store that is gone", done.stderr)
        self.assertFalse((data / "retz.db").exists())
