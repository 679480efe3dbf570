"""A retz-server of a test's own, retz-client, and signed requests without it."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from scripted_mesos import ScriptedMesos
from server_process import processes_naming

BUILD = os.environ["RETZ_BUILD"]
SERVER = os.path.join(BUILD, "src", "cli", "retz-server")
CLIENT = os.path.join(BUILD, "src", "cli", "retz-client")
# The whole run may be on a scripted Mesos cluster: what holds locally holds there.
ON_MESOS = os.environ.get("RETZ_CLUSTER") == "mesos"
RESOURCES = ("--resources", "cpus:4;mem:8192;disk:100000;ports:[31000-32000]")
PATIENCE = 60  # seconds; generous: a loaded machine is no failure


def local_only(why):
    return unittest.skipIf(ON_MESOS, why)


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s in vain for: {what}")
        time.sleep(0.01)


class Server:
    """Started in a directory of its own; stop() takes everything away."""

    def __init__(self, *options, stdout=None):
        self.directory = tempfile.mkdtemp(prefix="retz-test-")
        os.chmod(self.directory, 0o755)
        self.data = os.path.join(self.directory, "data")
        self.config = os.path.join(self.data, "client.properties")
        self.log = os.path.join(self.directory, "log")
        self.mesos = None
        if ON_MESOS and "--mode" not in options:
            self.mesos = ScriptedMesos(BUILD, *RESOURCES)
            options = ("--mode", "mesos", "--mesos", self.mesos.address, *options)
        self.options = options
        self.process = None
        self.start(stdout)

    def start(self, stdout=None):
        if os.path.exists(self.config):
            os.unlink(self.config)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [SERVER, "--data", self.data, "--bind", "127.0.0.1:0", *self.options],
                stdin=subprocess.DEVNULL, stdout=stdout or log, stderr=stdout or log)
        wait_until(lambda: os.path.exists(self.config) or self.process.poll() is not None,
                   "client.properties")
        if self.process.poll() is not None:
            raise AssertionError("retz-server ended: " + self.log_text())

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def properties(self):
        with open(self.config, encoding="utf-8") as file:
            lines = [line.split(" = ", 1) for line in file if not line.startswith("#")]
        return {key: value.strip() for key, value in lines}

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in processes_naming(self.data):
            with contextlib.suppress(ProcessLookupError):  # ended by itself meanwhile
                os.kill(pid, signal.SIGTERM)
        try:
            wait_until(lambda: not processes_naming(self.data), "the end of retz-exec")
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)
            if self.mesos:
                self.mesos.stop()

    def client(self, *arguments, status=0, stdin=None, environment=None):
        """What it printed. `status` None: any."""
        done = subprocess.run([CLIENT, "-C", self.config, *arguments], input=stdin,
                              capture_output=True, text=True, timeout=PATIENCE, check=False,
                              env=environment)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{arguments} exited {done.returncode}, not {status}:\n"
                                 f"{done.stdout}{done.stderr}\nserver log:\n{self.log_text()}")
        return done

    def json(self, *arguments, status=0):
        return [json.loads(line)
                for line in self.client("--json", *arguments, status=status).stdout.splitlines()]

    def submit(self, command, *options):
        return self.json("schedule", "-A", "test", "-c", command, *options)[0]["ids"][0]

    def job(self, number):
        return self.json("get-job", "-i", str(number))[0]

    def wait(self, number):
        return self.json("get-job", "-i", str(number), "--wait", status=None)[0]

    def wait_state(self, number, state):
        return wait_until(lambda: self.job(number)["state"] == state, f"job {number} {state}")

    def request(self, method, target, body=None, key=None, secret=None, headers=None):
        """(status, headers, bytes) of a request signed by hand, apart from our client's code."""
        properties = self.properties()
        key = key or properties["retz.access.key"]
        secret = secret or properties["retz.access.secret"]
        payload = b"" if body is None else json.dumps(body).encode()
        digest = base64.b64encode(hashlib.md5(payload).digest()).decode().rstrip("=")
        digest = digest if payload else ""
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
        path, mark, query = target.partition("?")
        text = "\n".join([method, digest, date, urllib.parse.unquote(path) + mark + query, ""])
        signature = base64.b64encode(
            hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode().rstrip("=")
        sent = {"Date": date, "Authorization": f"Retz-auth-v1 {key}:{signature}", **(headers or {})}
        if payload:
            sent.update({"Content-MD5": digest, "Content-Type": "application/json"})
        address = urllib.parse.urlsplit(properties["retz.server.uri"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
        try:
            connection.request(method, target, payload or None, sent)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()


class WithServer(unittest.TestCase):
    """One server for the cases of a class, with an application `test`."""
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.options)
        cls.addClassCleanup(cls.server.stop)
        cls.server.client("load-app", "-A", "test")
