"""A scripted Mesos master with agents, of a test's own (tests/support/mesos)."""
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request


class ScriptedMesos:
    """Started on free ports; stop() takes everything away."""

    def __init__(self, build, *options, agents=1, real=True):
        self.directory = tempfile.mkdtemp(prefix="scripted-mesos-")
        os.chmod(self.directory, 0o755)
        work = ["--work", self.directory] if real else []
        program = os.path.join(build, "tests", "support", "mesos", "scripted-mesos")
        self.process = subprocess.Popen([program, "--agents", str(agents), *work, *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().split()
        if len(line) != 2 or line[0] != "ready":
            raise AssertionError("scripted-mesos does not start")
        self.address = f"127.0.0.1:{line[1]}"

    def control(self, name, **given):
        request = urllib.request.Request(f"http://{self.address}/scripted/{name}",
                                         json.dumps(given).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def state(self):
        return self.control("state")

    def tasks_running(self):
        return sum(agent["tasks"] for agent in self.state()["agents"])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.process.stdin.close()
        self.process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)
