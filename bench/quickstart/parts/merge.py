"""Reads what all parts left in $OUT and tells it on one page; fails when a part is missing.

    python3 merge.py PARTS_FILE
"""
import os
import sys

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def read_parts(folder, names):
    parts, missing = {}, []
    for name in names:
        try:
            with open(os.path.join(folder, name + ".txt"), encoding="utf-8") as file:
                parts[name] = [line.split() for line in file]
        except OSError:
            parts[name] = []
        if not parts[name]:
            missing.append(name)
    if missing:
        sys.exit(f"{len(missing)} of {len(names)} parts are missing: " + ", ".join(missing))
    return parts


def of_kind(parts, kind):
    return [(name[len(kind) + 1:], rows) for name, rows in parts.items()
            if name.startswith(kind + "-")]


def hours(seconds):
    return f"{int(seconds) / 3600:.1f} h"


def tell_months(parts):
    print("month     jobs  users  mean wait  processor hours")
    months = [rows[0] for _, rows in sorted(of_kind(parts, "month"))]
    for month, jobs, users, wait, work in months:
        bar = "#" * round(int(work) / 2500)
        print(f"{month}  {jobs:>5}  {users:>5}  {hours(wait):>9}  {int(work):>7,}  {bar}")
    print(f"in all    {sum(int(m[1]) for m in months)} jobs, "
          f"{sum(int(m[4]) for m in months):,} processor hours\n")


def tell_distributions(parts):
    print("                 half  9 of 10  99 of 100      longest")
    for what, rows in of_kind(parts, "percentiles"):
        half, most, nearly, top = rows[0]
        print(f"{what:<12} {half:>8} {most:>8} {nearly:>10} {top:>12}")
    for what, rows in of_kind(parts, "spread"):
        jobs, mean, low, high = rows[0]
        print(f"mean wait of {jobs} {what} jobs: {hours(mean)} ({hours(low)} to {hours(high)})")
    print()


def tell_replays(parts):
    print("first come, first served on ...")
    for _, rows in sorted(of_kind(parts, "replay"), key=lambda part: int(part[0])):
        processors, wait, waited, used = rows[0]
        print(f"{processors:>5} processors: mean wait {hours(wait):>9}, {waited:>6} jobs waited, "
              f"{float(used) * 100:.0f} % in use")
    print()


def tell_rest(parts):
    users = parts["users"][:3]
    print("most work:", ", ".join(f"user {u} ({int(w):,} processor hours)" for u, _, w in users))
    day = max(parts["weekdays"], key=lambda row: int(row[1]))
    hour = max(parts["hours"], key=lambda row: int(row[1]))
    print(f"busiest: {DAYS[int(day[0]) - 1]}, and {hour[0]}:00 UTC of the day")
    packed = [(int(rows[0][1]) / int(rows[0][0]), name) for name, rows in of_kind(parts, "packed")]
    best = min(packed)
    print(f"packs best with {best[1]}: {best[0] * 100:.1f} % of its size")
    print("sha256", dict(of_kind(parts, "digest"))["sha256"][0][0])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        names = file.read().split()
    parts = read_parts(os.environ["OUT"], names)
    print(f"KTH-SP2, an IBM SP2 of 100 nodes in Stockholm; {len(names)} parts\n")
    tell_months(parts)
    tell_distributions(parts)
    tell_replays(parts)
    tell_rest(parts)


main()
