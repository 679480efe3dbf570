"""What the jobs' records tell: the final table, and how full the machine was."""
from datetime import datetime


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if text else None


def seconds(begin, end):
    return f"{instant(end) - instant(begin):.2f}" if begin and end else "-"


def exit_text(job):
    outcome = job.get("outcome") or {}
    if outcome.get("kind") == "exited":
        return str(outcome.get("exit_code"))
    return outcome.get("kind", "-")


def row(job):
    used = sum(record["usage"]["cpu_seconds"] for record in job["attempt_records"])
    return [str(job["id"]), job["name"], job["state"], exit_text(job),
            f'{job["resources"]["cpus"]:g}', str(job["resources"]["mem"]),
            seconds(job["submitted"], job["started"]), seconds(job["started"], job["finished"]),
            f"{used:.2f}"]


def table(jobs):
    rows = [["job", "name", "state", "exit", "cpus", "mem", "wait s", "run s", "cpu s"]]
    rows += [row(job) for job in jobs]
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(rows[0]))]
    for cells in rows:
        yield "  ".join(cell.ljust(width) if i in (1, 2) else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(cells, widths))).rstrip()


def share_in_use(jobs, resource, capacity):
    """What was given to running jobs, of what there is, over the time in which some job waited."""
    waits = [(instant(job["submitted"]), instant(job["started"])) for job in jobs
             if job["started"]]
    begin, end = min(a for a, _ in waits), max(b for _, b in waits)
    if end <= begin or capacity <= 0:
        return None
    given = 0.0
    for job in jobs:
        for record in job["attempt_records"]:
            first = max(begin, instant(record["started"]))
            last = min(end, instant(record["ended"]) or end)
            given += max(0.0, last - first) * record["placement"][resource]
    return given / (end - begin) / capacity


def summary(jobs, capacity):
    begin = min(instant(job["submitted"]) for job in jobs)
    end = max(instant(job["finished"]) for job in jobs)
    used = sum(r["usage"]["cpu_seconds"] for job in jobs for r in job["attempt_records"])
    good = sum(job["state"] == "finished" for job in jobs)
    yield (f"{good} of {len(jobs)} jobs finished in {end - begin:.1f} s; they used {used:.1f} s of "
           "cpu time")
    shares = {name: share_in_use(jobs, name, capacity[name]) for name in ("cpus", "mem")}
    if all(share is not None for share in shares.values()):
        yield (f'while jobs waited, {shares["cpus"] * 100:.0f} % of {capacity["cpus"]:g} cpus and '
               f'{shares["mem"] * 100:.0f} % of {capacity["mem"]} MiB were given to jobs')
