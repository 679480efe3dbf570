"""The figures of a run: medians of what was added, as a table for people and as JSON."""
import json
import os
import platform
import statistics
import time

# key, words, unit, what it is set against, target, whether the target is a floor (+1) or a cap (-1)
ROWS = [
    ("completed", "jobs completed, isolated and durable", "/s", "floor confined", None, 0),
    ("floor confined", "  floor: same groups, folders, files", "/s", "floor bare", None, 0),
    ("floor bare", "  bare floor: vfork, exec, reap", "/s", None, None, 0),
    ("task-spooler", "  task-spooler -S 2", "/s", "completed", None, 0),
    ("GNU parallel", "  GNU parallel -j2", "/s", "completed", None, 0),
    ("xargs", "  xargs -P2", "/s", "completed", None, 0),
    ("nq (one at a time)", "  nq, one at a time", "/s", "completed", None, 0),
    ("batches", "submissions accepted, 100 a request, 8 connections", "/s", None, 30000, 1),
    ("singles", "submissions accepted, single, 32 connections", "/s", None, 6000, 1),
    ("first median", "submission to first instruction, median", "ms", None, 5, -1),
    ("first p99", "submission to first instruction, p99", "ms", None, 20, -1),
    ("rest cpu", "at rest: cpu of server and supervisor", "%", None, 0.1, -1),
    ("rest memory", "at rest: memory of the server", "MiB", None, 30, -1),
    ("rest supervisor", "at rest: memory of the supervisor", "MiB", None, None, 0),
]
RATIO_TARGET = {"completed": 0.5}


class Figures:
    def __init__(self):
        self.samples = {}

    def add(self, key, value):
        self.samples.setdefault(key, []).append(value)

    def median(self, key):
        return statistics.median(self.samples[key]) if key in self.samples else None

    def _cells(self, row):
        key, words, unit, against, target, direction = row
        value, samples = self.median(key), self.samples[key]
        other = self.median(against) if against else None
        ratio = f"{value / other:.2f} of {against}" if other else ""
        met = None
        if key in RATIO_TARGET and other:
            met, target_text = value / other >= RATIO_TARGET[key], f">= {RATIO_TARGET[key]} of it"
        elif target is not None:
            met = value >= target if direction > 0 else value <= target
            target_text = f"{'>=' if direction > 0 else '<='} {target} {unit}"
        else:
            target_text = ""
        verdict = {True: "met", False: "MISSED", None: ""}[met]
        spread = f"[{_short(min(samples))}..{_short(max(samples))}]" if len(samples) > 1 else ""
        return [words, f"{_short(value)} {unit}", spread, ratio, target_text, verdict]

    def as_table(self):
        lines = [["figure", "median", "range", "ratio", "target", ""]]
        lines += [self._cells(row) for row in ROWS if row[0] in self.samples]
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                         for line in lines)

    def as_json(self):
        rounded = {key: [round(value, 3) for value in values]
                   for key, values in self.samples.items()}
        return json.dumps({"date": time.strftime("%Y-%m-%d"), "cpus": os.cpu_count(),
                           "kernel": platform.release(), "load": os.getloadavg()[0],
                           "samples": rounded}, indent=1) + "\n"


def _short(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
