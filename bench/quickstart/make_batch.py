"""The quickstart's batch: about fifty jobs of mixed sizes over one workload trace."""
import json
import shutil

TRACE_START = 843480031  # UnixStartTime of the trace's header
MONTHS = [f"1996-{m:02}" for m in range(9, 13)] + [f"1997-{m:02}" for m in range(1, 9)]


def parts():
    """(name, command, cpus, mem in MiB, estimate in seconds), wide and narrow ones mixed."""
    start = f"-v start={TRACE_START}"
    classes = [("narrow", 1, 8), ("middle", 9, 32), ("wide", 33, 100), ("all", 1, 100)]
    for name, few, many in classes:
        yield f"spread-{name}", f"python3 parts/spread.py {few} {many}", 2, 256, 8
    for month in MONTHS:
        yield f"month-{month}", f"awk -f parts/month.awk {start} -v month={month}", 0.5, 64, 2
    for column, name in [(3, "wait"), (4, "run-time"), (5, "processors"), (9, "asked-time")]:
        yield f"percentiles-{name}", f"sh parts/percentiles.sh {column}", 1, 96, 2
        yield f"ordered-{name}", f"sh parts/ordered.sh {column}", 2, 192, 2
    xz = shutil.which("xz") is not None  # a minimal machine may have none
    levels = [("xz", 0), ("xz", 3), ("xz", 6)] if xz else [("gzip", 2), ("gzip", 4), ("gzip", 8)]
    for tool, level in [("gzip", 1), ("gzip", 6), ("gzip", 9), *levels]:
        yield f"packed-{tool}-{level}", f"sh parts/packed.sh {tool} {level}", 1, 192, 3
    for processors in [100, 112, 128, 144, 160, 192, 256]:
        yield f"replay-{processors}", f"python3 parts/replay.py {processors}", 1, 128, 3
    for digest in ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "b2"]:
        yield f"digest-{digest}", f"{digest}sum", 0.25, 32, 1
    yield "users", "awk -f parts/users.awk", 0.5, 64, 1
    yield "hours", f"awk -f parts/clock.awk {start} -v form=%H", 0.5, 64, 1
    yield "weekdays", f"awk -f parts/clock.awk {start} -v form=%u", 0.5, 64, 1


def job(name, command, cpus, mem, estimate, out):
    return {"name": name, "command": command, "environment": {"OUT": out},
            "tags": ["quickstart"],
            "resources": {"cpus": cpus, "mem": mem, "disk": 64},
            "estimate": estimate, "time_limit": 300}


def batch(out, most_cpus, most_mem):
    """The jobs, cut to a machine that has less than they would like."""
    return [job(name, f"sh parts/part.sh {name} {command}", min(cpus, most_cpus),
                min(mem, most_mem), estimate, out)
            for name, command, cpus, mem, estimate in parts()]


def merge_job(out):
    """Reads what all the others wrote; fails where one is missing."""
    return job("merge", f"python3 parts/merge.py {out}/parts", 0.5, 64, 2, out)


def write_lines(file, jobs):
    with open(file, "w", encoding="utf-8") as target:
        for one in jobs:
            target.write(json.dumps(one) + "\n")
