#!/usr/bin/env python3
"""Our configurations beside published figures: one table, each row with command and conditions.

usage: bench/simulator/published.py [--retz-sim PROGRAM] [--traces FOLDER] [--seeds N]

What is published stands in published.csv with its source. --traces names a folder with the
pod lists of alibaba-gpu-v2023 (openb_pod_list_*.csv.gz); without it only `default`, which lies
in bench/workloads, is packed.
"""
import argparse
import csv
import json
import pathlib
import shlex
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORKLOADS = ROOT / "bench" / "workloads"
KTH = ("run --workload {workloads}/KTH-SP2-1996-2.swf.gz --ordering shortest --planner easy "
       "--starvation-bound 54h")
LUBLIN = ("windows --workload {workloads}/lublin_256.swf.gz "
          "--first 1981,2756,4299,8850,3316,2714,5228,7762,4022,7085 "
          "--ordering p_sqrt_n_bounded --planner strict")
PACK = ("pack --nodes-file {workloads}/openb_node_list_gpu_node.csv.gz --pods {pods} "
        "--fit fragmentation_constrained --seeds {seeds}")


def published():
    with open(HERE / "published.csv", encoding="utf-8", newline="") as file:
        return {(row["experiment"], row["case"], row["policy"], row["figure"]): float(row["value"])
                for row in csv.DictReader(file)}


class Table:
    """Runs commands and keeps what they gave beside what was published."""

    def __init__(self, program):
        self.program = program
        self.rows = []

    def run(self, arguments):
        done = subprocess.run([self.program, "--json", *shlex.split(arguments)], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"retz-sim {arguments}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def add(self, what, ours, theirs, whose, condition, command):
        self.rows.append((what, ours, theirs, whose, condition, command))

    def text(self):
        lines = ["| what | ours | published | conditions |", "|---|---|---|---|"]
        lines += [f"| {what} | {ours} | {theirs} ({whose}) | {condition} |"
                  for what, ours, theirs, whose, condition, _ in self.rows]
        commands = dict.fromkeys(row[5] for row in self.rows)
        return "\n".join(lines + ["", *(f"    retz-sim {command}" for command in commands)])


def short(command):
    """As it is typed in the root of the repository."""
    return command.replace(str(ROOT) + "/", "")


def add_kth(table, known):
    for mode, name in (("instant", "one pass a moment"), ("event", "a pass a thing, as published")):
        command = KTH.format(workloads=WORKLOADS) + f" --events {mode}"
        ours = table.run(command)
        best = known["run", "KTH-SP2", "best of 5760 learnt", "mean bounded slowdown"]
        easy = known["run", "KTH-SP2", "EASY", "longest wait s"]
        table.add("KTH-SP2, mean bounded slowdown", f"{ours['avebsld']:.2f}", f"{best:.2f}",
                  "best of 5,760 learnt, SC 2015",
                  f"requested times only, no training; {name}", short(command))
        table.add("KTH-SP2, longest wait", f"{ours['max_wait_s']:,.0f} s", f"{easy:,.0f} s",
                  "EASY, SC 2015", f"{ours['max_wait_s'] / easy:.2f} times EASY's; {name}",
                  short(command))


def add_lublin(table, known):
    command = LUBLIN.format(workloads=WORKLOADS)
    theirs = known["windows", "Lublin-1", "RL agent", "mean bounded slowdown without backfill"]
    table.add("Lublin-1 without backfill, mean bounded slowdown",
              f"{table.run(command)['avebsld']:.2f}", f"{theirs:.2f}", "RL agent, SC 2020",
              "same jobs, same machine, same metric; ours plans anew at each event, theirs holds "
              "on to its first pick", short(command))


def add_packing(table, known, traces, seeds):
    for (experiment, case, policy, _), theirs in known.items():
        pods = (traces or WORKLOADS) / f"openb_pod_list_{case}.csv.gz"
        if experiment != "pack" or not pods.is_file():
            continue
        command = PACK.format(workloads=WORKLOADS, pods=pods, seeds=seeds)
        ours = table.run(command)
        at_100 = ours["allocated_at_100"]
        table.add(f"GPUs given, {case}", f"{at_100['mean']:.2f} ± {at_100['sd']:.2f} %",
                  f"{theirs:.2f} %", f"{policy}, ATC 2023",
                  f"{at_100['mean'] - theirs:+.2f}; {seeds} orders of arrival from seed 42 on; "
                  f"{sum(ours['seconds']) / len(ours['seconds']):.2f} s a run",
                  short(PACK.format(workloads=WORKLOADS, seeds=seeds,
                                    pods="TRACES/openb_pod_list_CASE.csv.gz")))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--retz-sim", default=str(ROOT / "build" / "src" / "cli" / "sim" /
                                                  "retz-sim"))
    parser.add_argument("--traces", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    table, known = Table(options.retz_sim), published()
    add_kth(table, known)
    add_lublin(table, known)
    add_packing(table, known, options.traces, options.seeds)
    print(table.text())


if __name__ == "__main__":
    main()
