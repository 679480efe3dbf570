"""How sure the mean wait of a class of jobs is: a bootstrap over as many processes as cpus given.

Prints: jobs mean low high (seconds; 95 % of 4000 resamples lie between low and high)
    python3 spread.py FEWEST_PROCESSORS MOST_PROCESSORS
"""
import multiprocessing
import os
import random
import sys

RESAMPLES = 4000


def means(seed, count, waits):
    generator = random.Random(seed)
    return [sum(generator.choices(waits, k=len(waits))) / len(waits) for _ in range(count)]


def main():
    fewest, most = int(sys.argv[1]), int(sys.argv[2])
    rows = [line.split() for line in sys.stdin]
    waits = [int(row[2]) for row in rows if fewest <= int(row[4]) <= most]
    workers = max(1, int(float(os.environ.get("RETZ_CPUS", "1"))))
    tasks = [(seed, RESAMPLES // 8, waits) for seed in range(8)]
    with multiprocessing.Pool(workers) as pool:
        found = sorted(mean for part in pool.starmap(means, tasks) for mean in part)
    low, high = found[len(found) // 40], found[-len(found) // 40]
    print(len(waits), round(sum(waits) / len(waits)), round(low), round(high))


main()
