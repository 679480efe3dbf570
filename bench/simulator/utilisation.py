#!/usr/bin/env python3
"""How busy each planner keeps the machines while jobs wait: offered load 1.0 to 1.2, nodes that
break half-way, a starvation bound.

    bench/simulator/utilisation.py [--sim build/src/cli/sim/retz-sim] [--data DIR] [--jobs N]
                                   [--bound 24h] [--json OUT.json]

Workloads: `retz-sim generate batch_mix` on 20 nodes of 32 cpus and 128 GiB, and, where --data (or
RETZ_DATA) names the data folder, alibaba-dlrm-v2025 (dlrm.py tells on which nodes). Each is played
as it is and with 30 % of the nodes lost half-way through the submissions and back after six hours.
A cell a planner: how much of the resource in most use is in use while jobs wait (lost nodes count
as none), and the longest wait. --json keeps the whole result of every run.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Without conservative_replan, which takes hours for thousands of waiting jobs: --planners has it.
PLANNERS = ["first_fit", "strict", "easy", "conservative", "packing"]
FAILURES = {"none": [], "30 %": ["--fail-nodes", "30%@0.5+6h"]}
TRACE = "packing/alibaba-dlrm-v2025/disaggregated_DLRM_trace.csv.gz"


def batch_mix(sim, folder, load, jobs):
    path = f"{folder}/mix-{load}.csv"
    subprocess.run([sim, "generate", "batch_mix", "--out", path, "--load", str(load),
                    "--jobs", str(jobs), "--seed", "1"], check=True, capture_output=True)
    return ["--workload", path, "--nodes", "20", "--cpus", "32", "--mem", "128GiB"]


def dlrm(data, folder, load):
    workload, nodes = f"{folder}/dlrm-{load}.csv", f"{folder}/dlrm-nodes-{load}.csv"
    subprocess.run([sys.executable, str(HERE / "dlrm.py"), f"{data}/{TRACE}", str(load),
                    workload, nodes], check=True)
    return ["--workload", workload, "--nodes-file", nodes]


def workloads(options, folder):
    for load in options.loads:
        yield "batch mix", load, batch_mix(options.sim, folder, load, options.jobs)
    if not options.data:
        print("alibaba-dlrm-v2025 is left out: neither --data nor RETZ_DATA", file=sys.stderr)
        return
    for load in options.loads:
        yield "alibaba-dlrm-v2025", load, dlrm(options.data, folder, load)


def play(options, arguments):
    done = subprocess.run([options.sim, "run", "--json", *arguments], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout)


def cell(result):
    return (f"{100 * result['utilization_while_queued']:.1f} %, "
            f"{result['max_wait_s'] / 3600:.0f} h")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sim", default="build/src/cli/sim/retz-sim")
    parser.add_argument("--data", default=os.environ.get("RETZ_DATA", ""))
    parser.add_argument("--jobs", type=int, default=20000)
    parser.add_argument("--bound", default="24h")
    parser.add_argument("--loads", type=float, nargs="+", default=[1.0, 1.1, 1.2])
    parser.add_argument("--planners", nargs="+", default=PLANNERS)
    parser.add_argument("--json", default="")
    options = parser.parse_args()
    results = []
    columns = [("the default, no bound", [])]
    columns += [(p, ["--planner", p, "--starvation-bound", options.bound])
                for p in options.planners]
    print("| workload, offered load, nodes lost | " + " | ".join(c for c, _ in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for name, load, base in workloads(options, folder):
            for failure, failing in FAILURES.items():
                cells = []
                for planner, arguments in columns:
                    result = play(options, base + failing + arguments)
                    results.append({"workload": name, "load": load, "failures": failure,
                                    "planner": planner, **result})
                    cells.append(cell(result))
                print(f"| {name}, {load:.1f}, {failure} | " + " | ".join(cells) + " |", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
