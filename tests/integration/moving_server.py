"""A server that moves, and clients that know it by name alone; run by test_discovery, in a network
and a file system view of its own, where the test is the name server."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import unittest

from programs import CLIENT, SERVER, processes_naming, wait_until

SRV, IN = 33, 1


def name_in_wire(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


class NameServer:
    """Answers SRV questions from `records`: name -> [(priority, weight, port, host)]."""

    def __init__(self):
        self.records = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            question, peer = self.socket.recvfrom(4096)
            self.socket.sendto(self.answer(question), peer)

    def answer(self, question):
        parts, at = [], 12
        while question[at]:
            parts.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        asked = question[12:at + 5]
        kind = struct.unpack(">H", question[at + 1:at + 3])[0]
        found = self.records.get(".".join(parts), []) if kind == SRV else []
        body = b""
        for priority, weight, port, host in found:
            data = struct.pack(">HHH", priority, weight, port) + name_in_wire(host)
            body += b"\xc0\x0c" + struct.pack(">HHIH", SRV, IN, 0, len(data)) + data
        flags = 0x8180 if found else 0x8183
        return question[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0) + asked + body


def own_file(path, text):
    """In this view of the file system alone."""
    handle, mine = tempfile.mkstemp()
    os.write(handle, text.encode())
    os.close(handle)
    os.chmod(mine, 0o644)
    unittest.addModuleCleanup(os.unlink, mine)
    subprocess.run(["mount", "--bind", mine, os.path.realpath(path)], check=True)
    unittest.addModuleCleanup(subprocess.run, ["umount", os.path.realpath(path)], check=True)
    return mine


class MovingServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        cls.hosts = own_file("/etc/hosts", "127.0.0.1 localhost\n")
        own_file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        cls.names = NameServer()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="retz-test-"))
        self.folder.chmod(0o755)
        self.addCleanup(self.take_away)
        self.server = None

    def take_away(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in processes_naming(str(self.folder)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if self.server is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.server.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, address):
        data = self.folder / "data"
        (data / "client.properties").unlink(missing_ok=True)
        with open(self.folder / "log", "ab") as log:
            self.server = subprocess.Popen(
                [SERVER, "--data", data, "--bind", address], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        wait_until((data / "client.properties").exists, "the server")

    def move(self, address):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(60)
        self.start(address)

    def properties(self, uri):
        lines = (self.folder / "data" / "client.properties").read_text().splitlines()
        lines = [line for line in lines if "uri" not in line] + [f"retz.server.uri = {uri}"]
        (self.folder / "by-name.properties").write_text("\n".join(lines) + "\n")
        return self.folder / "by-name.properties"

    def follow_a_move(self, uri, first, second, names):
        """A client waits for its job while the server goes from one address to another."""
        self.start(first)
        names(first)
        client = [CLIENT, "-C", self.properties(uri)]
        subprocess.run([*client, "load-app", "-A", "moving"], check=True, capture_output=True)
        waiting = subprocess.Popen([*client, "run", "-A", "moving", "--cpu", "1", "--mem", "64",
                                    "-c", "sleep 4; echo arrived"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(waiting.kill)
        wait_until(lambda: '"active"' in subprocess.run(
            [*client, "list", "--json"], check=True, text=True, capture_output=True).stdout,
            "the job's start")
        names(second)
        self.move(second)
        out, err = waiting.communicate(timeout=120)
        self.assertEqual((waiting.returncode, out.endswith("arrived\n")), (0, True), out + err)

    def test_a_name_that_moves_is_looked_up_at_each_connection(self):
        def names(address):
            host = address.partition(":")[0]
            pathlib.Path(self.hosts).write_text(f"127.0.0.1 localhost\n{host} retz.example\n")
        self.follow_a_move("http://retz.example:9090", "127.0.0.2:9090", "127.0.0.3:9090", names)

    def test_a_service_record_names_host_and_port(self):
        pathlib.Path(self.hosts).write_text("127.0.0.1 localhost\n127.0.0.4 one.example\n"
                                            "127.0.0.5 two.example\n")
        hosts = {"127.0.0.4": "one.example", "127.0.0.5": "two.example"}

        def names(address):
            host, _, port = address.partition(":")
            # Nobody listens at what a larger priority names first in the answer.
            self.names.records["_retz._retz._tcp.marathon.mesos"] = [
                (20, 5, 1, "one.example"), (10, 5, int(port), hosts[host])]
        self.follow_a_move("srv://_retz._retz._tcp.marathon.mesos", "127.0.0.4:31007",
                           "127.0.0.5:31744", names)

    def test_an_unknown_name_is_told_with_the_way_out(self):
        self.start("127.0.0.6:9090")
        config = self.properties("srv://_nobody._tcp.marathon.mesos")
        done = subprocess.run([CLIENT, "-C", config, "list"], capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("srv://_nobody._tcp.marathon.mesos", done.stderr)
        self.assertIn("Mesos-DNS", done.stderr)
