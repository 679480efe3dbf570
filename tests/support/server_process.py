"""A real retz-server of a test's own: started, killed, started again, and cleaned away.

Nothing is ever killed by name: only the process that was started here, and those that carry the
test's own temporary folder in their command line or environment.
"""
import contextlib
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import signed_http


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds, what):
    """Polls; Error: AssertionError naming what did not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def processes_naming(text):
    """Pids of living processes, but for this one, whose command line or environment has `text`."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            if state != "Z" and text.encode() in told:
                found.append(int(entry.name))
    return found


def cgroups_below(instances):
    """Control groups of these supervisors, below /sys/fs/cgroup."""
    ours = tuple(f"/retz/{instance}" for instance in instances)
    return [folder for folder, _, _ in os.walk("/sys/fs/cgroup")
            if any(f"{name}/" in folder + "/" for name in ours)]


class ServerProcess:
    """Requires: `program` is retz-server. The folder and all in it go with close()."""

    def __init__(self, program, options=(), environment=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="retz-test-"))
        self.folder.chmod(0o755)  # jobs run as another user
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.port = free_port()
        self.command = [str(program), "--data", str(self.data),
                        "--bind", f"http://127.0.0.1:{self.port}", *options]
        self.environment = {**os.environ, **(environment or {})}
        self.process, self.properties, self.instances = None, None, set()

    def start(self, seconds=30):
        """Returns when the server answers. Error: AssertionError with the end of its log."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=self.environment, cwd=self.folder)
        try:
            wait_until(self._answers, seconds, "the server answers")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log_end()}") from None

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"retz-server ended with {self.process.returncode}")
        if not (self.data / "client.properties").exists():
            return False
        try:
            wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            wire.request("GET", "/v1/ping")
            return wire.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            wire.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=20):
        """As an operator stops it. Returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def connection(self, timeout=10):
        """Of the first user. Threads: any, once start() has returned for the first time."""
        if self.properties is None:
            self.properties = signed_http.read_properties(self.data / "client.properties")
        return signed_http.Connection(self.properties, timeout)

    def log_end(self, lines=15):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def processes(self):
        return processes_naming(str(self.folder))

    def end_processes(self, by=signal.SIGKILL):
        """All that carry this test's folder: the supervisor and its jobs."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, by)

    def note_instances(self):
        """Remembers the control groups that jobs run in just now."""
        for pid in self.processes():
            with contextlib.suppress(OSError):
                groups = pathlib.Path(f"/proc/{pid}/cgroup").read_text()
                self.instances.update(re.findall(r"/retz/([^/\s]+)/", groups))

    def leftovers(self, seconds=10):
        """What is still there after everything was stopped in good order: processes and control
        groups. Ends the supervisor first, as an operator would."""
        self.end_processes(signal.SIGTERM)
        look = lambda: ([f"process {pid}" for pid in self.processes()]
                        + [f"control group {path}" for path in cgroups_below(self.instances)])
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not look(), seconds, "nothing is left")
        return look()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        # The supervisor removes its control groups when it may end in good order.
        self.end_processes(signal.SIGTERM)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.processes(), 5, "the supervisor ends")
        deadline = time.monotonic() + 10
        while self.processes() and time.monotonic() < deadline:
            self.end_processes()
            time.sleep(0.02)
        shutil.rmtree(self.folder, ignore_errors=True)
