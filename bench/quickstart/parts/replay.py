"""Replays the trace first come, first served on a machine of N processors.

Prints: processors mean_wait_seconds jobs_that_waited share_of_processors_in_use
    python3 replay.py N
"""
import heapq
import sys


def jobs(lines):
    for line in lines:
        fields = line.split()
        submit, run, processors = int(fields[1]), int(fields[3]), int(fields[4])
        if run > 0 and processors > 0:
            yield submit, run, processors


def main():
    total = int(sys.argv[1])
    free, now, begin, work, waits, count, waited = total, 0, None, 0, 0, 0, 0
    ends = []
    for submit, run, processors in sorted(jobs(sys.stdin)):
        if processors > total:
            sys.exit(f"a job of {processors} processors on a machine of {total}")
        begin = submit if begin is None else begin
        now = max(now, submit)
        while ends and (free < processors or ends[0][0] <= now):
            end, given_back = heapq.heappop(ends)
            now, free = max(now, end), free + given_back
        heapq.heappush(ends, (now + run, processors))
        free -= processors
        count, waits, waited = count + 1, waits + now - submit, waited + (now > submit)
        work += run * processors
    span = max(end for end, _ in ends) - begin
    print(total, round(waits / count), waited, f"{work / span / total:.3f}")


main()
