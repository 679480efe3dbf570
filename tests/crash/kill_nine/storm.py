"""Clients that submit jobs and never give up, a server that is killed under them, and the count of
what became of each job afterwards."""
import dataclasses
import http.client
import os
import random
import sqlite3
import threading
import time

import server_process
import signed_http

APPLICATION = "storm"
RUN_TIMES = (0, 0, 0.05, 0.1, 0.2, 0.3, 0.5)  # seconds
BACKLOG_MAX = 120  # acknowledged jobs not yet ended, beyond which clients only wait


class Marks:
    """What the jobs themselves leave behind: a line each time one begins, a file when it ended."""

    def __init__(self, folder):
        self.lines, self.done = folder / "lines", folder / "done"
        for path in (self.lines, self.done):
            path.mkdir()
            path.chmod(0o777)  # jobs run as another user

    def command(self, name, seconds):
        work = f"sleep {seconds}; " if seconds else ""
        return f"echo {name} >> {self.lines}/{name}; {work}: > {self.done}/{name}"

    def running(self):
        return set(os.listdir(self.lines)) - set(os.listdir(self.done))

    def times_begun(self, name):
        path = self.lines / name
        return len(path.read_text().splitlines()) if path.exists() else 0


def load_application(connection):
    connection.call("PUT", f"/v1/applications/{APPLICATION}",
                    {"name": APPLICATION, "files": [], "unix_user": "nobody"})


def job(command, **fields):
    return {"application": APPLICATION, "command": command, "name": "storm",
            "resources": {"cpus": 0.1, "mem": 16, "disk": 1}, **fields}


@dataclasses.dataclass
class Call:
    """One request on the wire."""
    sent: float
    ended: float
    broken: bool


class Client(threading.Thread):
    """Submits with an idempotency key of its own until the answer comes, however often the server
    goes away."""

    def __init__(self, number, storm):
        super().__init__(daemon=True)
        self.number, self.storm = number, storm
        self.chance = random.Random(storm.seed * 1000 + number)
        self.acknowledged, self.calls, self.refusals = {}, [], []
        self.held_back = threading.Event()  # set: it tries nothing

    def run(self):
        try:
            self.feed()
        except Exception as error:  # a dead client must not look like a content one
            self.refusals.append(f"client {self.number}: {error!r}")

    def feed(self):
        count = 0
        while not self.storm.over.is_set():
            names = [f"c{self.number}-{count + n}" for n in range(self.chance.randint(1, 3))]
            count += len(names)
            self.submit(names)
            while not (self.storm.over.is_set() or self.storm.volley.is_set()
                       or self.storm.wants_more()):
                self.storm.volley.wait(0.05)
            if self.storm.volley.is_set():
                time.sleep(self.chance.uniform(0, 0.004))
            else:
                self.storm.volley.wait(self.chance.uniform(0, 0.3))

    def submit(self, names):
        marks = self.storm.marks
        body = {"jobs": [job(marks.command(name, self.chance.choice(RUN_TIMES)), name=name)
                         for name in names]}
        headers = {"Idempotency-Key": f"{self.storm.seed}-{names[0]}"}
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            answer = None if self.held_back.is_set() else self.attempt(body, headers)
            if answer is not None:
                self.acknowledged.update(zip(answer["ids"], names))
                self.storm.acknowledged_count += len(names)
                return
            time.sleep(0.01)
        self.refusals.append(f"{names[0]}: no answer for 60 s")

    def attempt(self, body, headers):
        connection = self.storm.server.connection()
        sent, broken = None, True

        def now_sent():
            nonlocal sent
            sent = time.monotonic()
            self.storm.sent.set()

        try:
            answer = connection.call("POST", "/v1/jobs", body, headers, now_sent)
            broken = False
            return answer
        except signed_http.Refused as refused:
            broken = False
            if refused.status != 503:
                self.refusals.append(f"{headers}: {refused}")
            return None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            if sent is not None:
                self.calls.append(Call(sent, time.monotonic(), broken))
            connection.close()


class Storm:
    """Kills the server `kills` times, and goes on, up to `most` times, until `in_flight` of the
    kills hit what they were meant for. violations() is empty when the promise was kept."""

    def __init__(self, program, kills, seed, locks=False, in_flight=0, most=0):
        self.kills, self.seed, self.locks = kills, seed, locks
        self.in_flight, self.most = in_flight, max(kills, most)
        self.chance = random.Random(seed)
        self.server = server_process.ServerProcess(program, ["--cpus", "2"])
        self.database = None  # our own connection, while it holds the lock
        self.marks = Marks(self.server.folder)
        self.over, self.volley = threading.Event(), threading.Event()
        self.sent = threading.Event()  # a submission is on the wire
        self.acknowledged_count = 0
        self.clients = [Client(number, self) for number in range(6)]
        self.kill_times, self.running_at_kill = [], []

    def wants_more(self):
        """Between the volleys. With locks only volleys count: what they submit must find room, so
        that it is to be launched in the very batch that cannot commit."""
        backlog = self.acknowledged_count - len(os.listdir(self.marks.done))
        return not self.locks and backlog < BACKLOG_MAX

    def run(self):
        self.server.start()
        load_application(self.server.connection())
        for client in self.clients:
            client.start()
        while len(self.kill_times) < self.kills or (
                self.kills_in_flight() < self.in_flight and len(self.kill_times) < self.most):
            time.sleep(self.chance.uniform(0.1, 0.6))
            self.kill_in_a_volley()
            self.server.start()
        self.over.set()
        for client in self.clients:
            client.join(90)

    def kill_in_a_volley(self):
        """All clients submit at once; the kill falls among their requests, while jobs run."""
        if self.locks:
            server_process.wait_until(lambda: not self.marks.running(), 30, "the machine is free")
            self.lock_database()
        else:
            server_process.wait_until(lambda: len(self.marks.running()) > 2, 30, "jobs run")
        self.server.note_instances()
        before = self.marks.running()
        self.volley.set()
        self.wait_for_submissions(self.chance.randint(1, len(self.clients)))
        # Now and then later: on the way into the commit, or while the answers go out.
        time.sleep(self.chance.choice((0, 0, self.chance.uniform(0, 0.004))))
        if self.locks:
            time.sleep(self.chance.uniform(0.1, 0.3))
        self.kill_times.append(time.monotonic())
        self.server.kill()
        # A job in both listings ran while the server died.
        self.running_at_kill.append(len(before & self.marks.running()))
        self.volley.clear()
        self.unlock_database()

    def wait_for_submissions(self, count, seconds=2):
        """Until so many more have been sent. A busy machine's clients may all be waiting for the
        answers to earlier ones: then it is time all the same."""
        deadline = time.monotonic() + seconds
        for _ in range(count):
            self.sent.clear()
            self.sent.wait(max(0, deadline - time.monotonic()))

    def lock_database(self):
        """As a backup or a careless user would: until unlock_database() nothing can commit."""
        self.database = sqlite3.connect(self.server.data / "retz.db", timeout=10,
                                        isolation_level=None)
        self.database.execute("BEGIN IMMEDIATE")

    def unlock_database(self):
        if self.database is not None:
            self.database.execute("ROLLBACK")
            self.database.close()
        self.database = None

    def kills_in_flight(self):
        """Kills that fell while a job ran and a submission had been sent and was not answered."""
        calls = [call for client in self.clients for call in client.calls if call.broken]
        return sum(1 for at, running in zip(self.kill_times, self.running_at_kill)
                   if running and any(call.sent < at <= call.ended for call in calls))

    def settle(self, seconds_without_progress=30):
        """Until no job is alive. Error: AssertionError naming some that are stuck."""
        connection = self.server.connection()
        last, since = None, time.monotonic()
        while True:
            live = connection.call("GET", "/v1/jobs?state=blocked,queued,active&limit=1000")["jobs"]
            if not live:
                return
            alive = sorted((entry["id"], entry["state"], entry["attempts"]) for entry in live)
            progress = alive, len(os.listdir(self.marks.done))
            if progress != last:
                last, since = progress, time.monotonic()
            if time.monotonic() - since > seconds_without_progress:
                raise AssertionError(f"{len(alive)} jobs are stuck: {alive[:5]}")
            time.sleep(0.1)

    def stored_jobs(self):
        connection, found, below = self.server.connection(), {}, ""
        while True:
            page = connection.call("GET", f"/v1/jobs?limit=1000{below}")
            found.update((entry["id"], entry) for entry in page["jobs"])
            if not page["more"]:
                return found
            below = f"&below={page['next_below']}"

    def violations(self):
        """All broken promises, as sentences."""
        try:
            self.settle()
        except AssertionError as error:
            return [str(error)]
        found = [refusal for client in self.clients for refusal in client.refusals]
        acknowledged, stored = {}, self.stored_jobs()
        for client in self.clients:
            for number, name in client.acknowledged.items():
                if number in acknowledged:
                    found.append(f"job {number} was acknowledged as {name} and as "
                                 f"{acknowledged[number]}")
                acknowledged[number] = name
        for number, name in sorted(acknowledged.items()):
            state = stored[number]["state"] if number in stored else "unknown"
            begun = self.marks.times_begun(name)
            if state != "finished" or begun != 1:
                found.append(f"acknowledged job {number} ({name}) is {state} and ran {begun} times")
        for number in sorted(set(stored) - set(acknowledged)):
            found.append(f"job {number} is stored and was never acknowledged")
        return found
