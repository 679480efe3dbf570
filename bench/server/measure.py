"""End-to-end speed of a real retz-server, beside its floor and its peers in the same run.

usage: measure.py --build BUILD [--rounds N] [--jobs N] [--json FILE]
Everything is measured in rounds, interleaved, and the median is shown: the machine may be busy, and
then all suffer alike.
"""
import argparse
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests/support")]
import peers
import server_process
import signed_http
import table


class Bench:
    """Programs and sizes of one run."""

    def __init__(self, options):
        build = pathlib.Path(options.build).resolve()
        self.server = build / "src/cli/retz-server"
        self.load_program = build / "bench/server/load"
        self.floor_program = build / "bench/server/launch_floor"
        self.first_instruction = build / "bench/server/first_instruction"
        self.rounds, self.jobs = options.rounds, options.jobs
        self.scale = options.scale
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="retz-bench-"))
        self.folder.chmod(0o755)

    def start(self):
        started = server_process.ServerProcess(self.server, ["--cpus", "2"])
        started.start()
        started.connection().call("PUT", "/v1/applications/bench",
                                  {"name": "bench", "files": [], "unix_user": "nobody"})
        return started

    def load(self, server, connections, documents):
        """Plays signed submissions; returns what the generator measured."""
        properties = server.connection().properties
        path = self.folder / "requests"
        with open(path, "wb") as out:
            for document in documents:
                request = raw_request(properties, "POST", "/v1/jobs", document)
                out.write(struct.pack("=I", len(request)) + request)
        done = subprocess.run([self.load_program, str(server.port), str(connections), path],
                              check=True, capture_output=True, text=True)
        return json.loads(done.stdout)


def raw_request(properties, verb, target, document):
    body = json.dumps(document).encode()
    headers = {"Host": "127.0.0.1", "Content-Length": str(len(body)),
               **signed_http.signed_headers(properties["retz.access.key"],
                                            properties["retz.access.secret"], verb, target, body)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{verb} {target} HTTP/1.1\r\n{lines}\r\n".encode() + body


def true_job(**fields):
    return {"application": "bench", "command": "/bin/true",
            "resources": {"cpus": 1, "mem": 32, "disk": 1}, **fields}


def wait_until_idle(connection, pause=0.01):
    while True:
        counts = connection.call("GET", "/v1/status")["jobs"]
        if counts["queued"] + counts["active"] + counts["blocked"] == 0:
            return
        time.sleep(pause)


def completed_jobs_per_second(bench):
    """Jobs of /bin/true from the first submission to the last end, in batches of 100."""
    server = bench.start()
    try:
        batches = [{"jobs": [true_job()] * 100}] * (bench.jobs // 100)
        connection = server.connection()
        begun = time.monotonic()
        bench.load(server, 1, batches)
        wait_until_idle(connection)
        taken = time.monotonic() - begun
        unfinished = connection.call("GET", "/v1/jobs?state=failed,killed&limit=1")["jobs"]
        if unfinished:
            raise RuntimeError(f"a job did not succeed: {unfinished}")
        return bench.jobs / taken
    finally:
        server.close()


def floor_per_second(bench, kind):
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        done = subprocess.run([bench.floor_program, str(bench.jobs), kind, folder], check=True,
                              capture_output=True, text=True)
    return bench.jobs / json.loads(done.stdout)["seconds"]


def submissions_per_second(bench, connections, batch, requests):
    """Accepted jobs a second while one job holds the whole machine, so that none of them starts."""
    server = bench.start()
    try:
        server.connection().call("POST", "/v1/jobs", true_job(
            command="sleep 600", resources={"cpus": 2, "mem": 32, "disk": 1}))
        document = {"jobs": [true_job()] * batch} if batch > 1 else true_job()
        measured = bench.load(server, connections, [document] * requests)
        return batch * requests / measured["seconds"]
    finally:
        server.close()


def first_instruction_ms(bench, count):
    """From the send of a submission to the first instruction of the job, one at a time."""
    server = bench.start()
    times = []
    try:
        out = server.folder / "first"
        out.mkdir()
        out.chmod(0o777)
        connection = server.connection()
        connection.connect()
        for number in range(count):
            told = out / str(number)
            sent = time.time_ns()
            connection.call("POST", "/v1/jobs", true_job(
                command=f"{bench.first_instruction} {told}"))
            server_process.wait_until(lambda: told.exists() and told.read_text().endswith("\n"),
                                      10, "the job tells its time")
            times.append((int(told.read_text()) - sent) / 1e6)
            wait_until_idle(connection)
            time.sleep(0.005)
    finally:
        server.close()
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def at_rest(bench, seconds):
    """(cpu seconds a second, MiB resident) of the idle server and, apart, of its supervisor."""
    server = bench.start()
    try:
        connection = server.connection()
        connection.call("POST", "/v1/jobs", {"jobs": [true_job()] * 20})
        wait_until_idle(connection)
        connection.close()
        time.sleep(1)
        pids = server.processes()
        before = {pid: process_cost(pid)[0] for pid in pids}
        time.sleep(seconds)
        after = {pid: process_cost(pid) for pid in pids}
        cpu = sum(after[pid][0] - before[pid] for pid in pids) / seconds
        memory = after[server.process.pid][1]
        return cpu, memory, sum(cost[1] for cost in after.values()) - memory
    finally:
        server.close()


def process_cost(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(bench, figures):
    for number in range(bench.rounds):
        print(f"round {number + 1} of {bench.rounds}", file=sys.stderr, flush=True)
        figures.add("completed", completed_jobs_per_second(bench))
        figures.add("floor confined", floor_per_second(bench, "confined"))
        figures.add("floor bare", floor_per_second(bench, "bare"))
        for name, run in peers.installed().items():
            figures.add(name, bench.jobs / run(bench.jobs, bench.folder))
        figures.add("batches", submissions_per_second(bench, 8, 100, int(600 * bench.scale)))
        figures.add("singles", submissions_per_second(bench, 32, 1, int(20000 * bench.scale)))
        median, last = first_instruction_ms(bench, int(200 * bench.scale))
        figures.add("first median", median)
        figures.add("first p99", last)
    cpu, server_mib, supervisor_mib = at_rest(bench, 10 * bench.scale)
    figures.add("rest cpu", cpu * 100)
    figures.add("rest memory", server_mib)
    figures.add("rest supervisor", supervisor_mib)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2000, help="a multiple of 100")
    parser.add_argument("--scale", type=float, default=1.0, help="of all other volumes")
    parser.add_argument("--json", help="where to write the figures")
    bench = Bench(parser.parse_args())
    figures = table.Figures()
    try:
        measure(bench, figures)
    finally:
        subprocess.run(["rm", "-rf", bench.folder], check=False)
    print(figures.as_table())
    written = parser.parse_args().json
    if written:
        pathlib.Path(written).write_text(figures.as_json())


if __name__ == "__main__":
    main()
