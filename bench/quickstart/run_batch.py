"""Runs a real batch through a retz-server of its own, shows it, and cleans up behind itself.

    python3 bench/quickstart/run_batch.py --build BUILD_DIRECTORY [--keep]
"""
import argparse
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

import make_batch
import report

HERE = os.path.dirname(os.path.abspath(__file__))
TRACE = os.path.join(HERE, "..", "workloads", "KTH-SP2-1996-2.swf.gz")
ENDED = {"finished", "failed", "killed"}


class Failure(Exception):
    """Told in one line; ends the run with exit code 1."""


class Retz:
    """A server in a temporary directory, and its client."""

    def __init__(self, build):
        self.programs = os.path.join(os.path.abspath(build), "src", "cli")
        self.directory = tempfile.mkdtemp(prefix="retz-quickstart-")
        os.chmod(self.directory, 0o755)  # the jobs' unix user reads the application's files here
        self.data = os.path.join(self.directory, "data")
        self.config = os.path.join(self.data, "client.properties")
        self.log = os.path.join(self.directory, "server.log")
        self.server = None

    def start(self):
        with open(self.log, "wb") as log:
            # A session of its own: Ctrl-C is for this program, which then stops the rest in order.
            self.server = subprocess.Popen(
                [os.path.join(self.programs, "retz-server"), "--data", self.data,
                 "--bind", "127.0.0.1:0"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.server.poll() is not None:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise Failure("retz-server ended: " + log.read().strip())
            if os.path.exists(self.config) and self.run("ping", check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise Failure(f"retz-server did not answer within 60 s; its log is {self.log}")

    def command(self, *arguments):
        return [os.path.join(self.programs, "retz-client"), "-C", self.config, *arguments]

    def run(self, *arguments, check=True):
        done = subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, encoding="utf-8", check=False)
        if check and done.returncode != 0:
            raise Failure(f"retz-client {arguments[0]}: {done.stderr.strip()}")
        return done

    def json(self, *arguments):
        lines = self.run("--json", *arguments).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def processes(self):
        """Pids of the server and of its retz-exec, which outlives it. No pid is relied on that a
        Ctrl-C may have kept from being noted."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if words[0].endswith((b"retz-exec", b"retz-server")) and any(
                    w.startswith(self.directory.encode()) for w in words):
                found.append(int(entry))
        return found

    def stop(self):
        """Server, supervisor and what it still runs, files; whatever of them is there."""
        if self.server is not None and self.server.poll() is None:
            self.run("killall", "-t", "quickstart", check=False)
            self.server.terminate()
            try:
                self.server.wait(20)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        for sent in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 20
            for pid in self.processes():
                try:
                    os.kill(pid, sent)
                except ProcessLookupError:
                    pass
            while self.processes() and time.monotonic() < deadline:
                time.sleep(0.02)
        shutil.rmtree(self.directory, ignore_errors=True)


def load_application(retz):
    """The trace and the parts' scripts, fetched into each job's sandbox."""
    files = os.path.join(retz.directory, "files")
    os.mkdir(files)
    os.chmod(files, 0o755)
    trace = shutil.copy(TRACE, files)
    scripts = os.path.join(files, "parts.tar.gz")
    with tarfile.open(scripts, "w:gz") as archive:
        archive.add(os.path.join(HERE, "parts"), arcname="parts")
    for file in (trace, scripts):
        os.chmod(file, 0o644)
    retz.run("load-app", "-A", "quickstart", "--no-extract", trace, "-F", scripts)


def make_results_directory(retz):
    """Writable by whom the jobs run as: nobody where the server is root, else ourselves."""
    out = os.path.join(retz.directory, "results")
    os.mkdir(out)
    os.chmod(out, 0o755)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(out, nobody.pw_uid, nobody.pw_gid)
    return out


def show_progress(states, total, began, last):
    ended = sum(state in ENDED for state in states.values())
    failed = sum(state in ("failed", "killed") for state in states.values())
    active = sum(state == "active" for state in states.values())
    line = f"  {ended:>2} of {total} ended, {active} running, {total - ended - active} waiting"
    line += f", {failed} failed" if failed else ""
    line += f"  {time.monotonic() - began:5.1f} s"
    if sys.stdout.isatty():
        print(f"\r{line}\033[K", end="", flush=True)
    elif ended - last >= 10 or ended == total:
        print(line, flush=True)
        return ended
    return last


def wait_for_all(retz, events, ids):
    """Follows /v1/events until every job of the batch has ended."""
    states, began, told = dict.fromkeys(ids, "queued"), time.monotonic(), -10
    while True:
        told = show_progress(states, len(ids), began, told)
        if all(state in ENDED for state in states.values()):
            break
        ready, _, _ = select.select([events.stdout], [], [], 0.5)
        if not ready:
            continue
        line = events.stdout.readline()
        if not line:
            raise Failure(f"the server went away; its log is {retz.log}")
        event = json.loads(line)
        if event.get("id") in states:
            states[event["id"]] = event["state"]
    if sys.stdout.isatty():
        print()


def run_batch(retz):
    node = retz.json("nodes")[0]["capacity"]
    out = make_results_directory(retz)
    load_application(retz)
    batch = os.path.join(retz.directory, "batch.jsonl")
    jobs = make_batch.batch(out, node["cpus"], node["mem"])
    make_batch.write_lines(batch, jobs)
    with open(os.path.join(out, "parts"), "w", encoding="utf-8") as file:
        file.write("\n".join(job["name"] for job in jobs) + "\n")
    # Listening begins before the first job is there, so that no end is missed. Unbuffered: select
    # must see every line that readline has not taken.
    events = subprocess.Popen(retz.command("events", "-t", "quickstart"), bufsize=0,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              start_new_session=True)
    try:
        events.stdout.readline()  # hello
        print(f"\nscheduling {len(jobs)} jobs on {node['cpus']:g} cpus and {node['mem']} MiB")
        ids = retz.json("schedule", "-A", "quickstart", "--batch", batch)[0]["ids"]
        wait_for_all(retz, events, ids)
    finally:
        events.terminate()
        events.wait()
    last = os.path.join(retz.directory, "merge.jsonl")
    make_batch.write_lines(last, [make_batch.merge_job(out)])
    merge = retz.json("schedule", "-A", "quickstart", "--batch", last)[0]["ids"][0]
    merged = retz.run("--json", "get-job", "-i", str(merge), "--wait", check=False)
    tell(retz, [*ids, merge], node, merged.returncode)
    return merged.returncode


def tell(retz, ids, capacity, merge_status):
    records = [retz.json("get-job", "-i", str(job))[0] for job in ids]
    print()
    for line in report.table(records):
        print(line)
    print()
    for line in report.summary(records[:-1], capacity):
        print(line)
    print("\nthe merged result:\n")
    stream = "stdout" if merge_status == 0 else "stderr"
    # A job that could not start has no files, but a reason.
    print(retz.run("get-file", "-i", str(ids[-1]), "--path", stream, check=False).stdout, end="")
    for record in records:
        if record["state"] != "finished":
            errors = retz.run("get-file", "-i", str(record["id"]), "--path", "stderr", check=False)
            reason = (record.get("outcome") or {}).get("reason", "")
            print(f'job {record["id"]} {record["name"]}: {report.exit_text(record)}: '
                  f"{reason} {errors.stdout.strip()[-300:]}")


def say_how_to_go_on(retz):
    client = " ".join(retz.command())
    print(f"""
the server goes on (pid {retz.server.pid}); its log: {retz.log}
  {client} list --state ALL
  {client} run -A quickstart -- sh -c 'gzip -dc *.swf.gz | head -20'
  {client} get-job -i 1
stop it with:
  kill {retz.server.pid}
what runs then goes on, and the next start finds it again:
  {os.path.join(retz.programs, "retz-server")} --data {retz.data}
when all is done: rm -r {retz.directory}""")


def interrupted(number, _frame):
    raise KeyboardInterrupt(number)


def main():
    parser = argparse.ArgumentParser(prog="quickstart")
    parser.add_argument("--build", required=True)
    parser.add_argument("--keep", action="store_true", help="leave the server running")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    retz, kept, status = None, False, 1
    try:
        retz = Retz(options.build)
        retz.start()
        status = run_batch(retz)
        if options.keep:
            say_how_to_go_on(retz)
            kept = True
    except KeyboardInterrupt:
        print("\nquickstart: interrupted; stopping everything", file=sys.stderr)
        status = 130
    except (Failure, OSError) as failure:
        print(f"\nquickstart: {failure}", file=sys.stderr)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C shall not stop the clean-up
        if retz is not None and not kept:
            retz.stop()
    return status


if __name__ == "__main__":
    sys.exit(main())
