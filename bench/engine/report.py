#!/usr/bin/env python3
"""The engine's figures: runs engine_benchmark, prints one table and draws the scaling curves.

usage: report.py --program build-bench/bench/engine/engine_benchmark [--rounds 3] [--filter REGEX]
                 [--json FILE] [--svg FILE]

Every row names the filter that measures it alone. Each round is a process of its own; the table
shows the medians.
"""

import argparse
import json
import statistics
import subprocess
import sys

import curves

# What is measured, its target, and which side of the target is good.
ROWS = [
    ('placements/s, best, 1,000 nodes', 'place/rule:1/nodes:1000/', 'items_per_second', 1e6, '>='),
    ('placements/s, best, 100,000 nodes', 'place/rule:1/nodes:100000/', 'items_per_second', 5e5,
     '>='),
    ('placements/s, dot_product, 1,000 nodes', 'place/rule:3/nodes:1000/', 'items_per_second', 1e5,
     '>='),
    ('placements/s, fragmentation, 1,000 nodes', 'place/rule:4/nodes:1000/', 'items_per_second',
     1e5, '>='),
    ('Fenzo, 10,000 hosts, packing, a batch of 200, us', 'fenzo/hosts:10000/packing:1/',
     'batch_p50_us', 1000, '<='),
    ('Fenzo, 10,000 hosts, packing, utilisation', 'fenzo/hosts:10000/packing:1/', 'utilisation',
     0.999, '>='),
    ('outlook, 10,000 jobs, us', 'outlook/jobs:10000', 'real_time', None, ''),
    ('easy, 100,000 waiting, a pass, ms', 'easy/waiting:100000/', 'change_p50_ms', 5, '<='),
    ('easy, 100,000 waiting, a pass, p99, ms', 'easy/waiting:100000/', 'change_p99_ms', 5, '<='),
    ('conservative, 10,000 waiting, a change, ms', 'conservative/waiting:10000/', 'change_p50_ms',
     50, '<='),
    ('conservative, 10,000 waiting, a change, p99, ms', 'conservative/waiting:10000/',
     'change_p99_ms', 50, '<='),
    ('conservative, 10,000 waiting, full build, ms', 'conservative/waiting:10000/', 'build_ms',
     None, ''),
    ('ten million jobs: last million / first', 'ten_million/', 'last_of_first', 0.95, '>='),
]
WAITING = [('submit, ns', 'submit_ns', 300), ('step that starts nothing, us', 'idle_us', 200),
           ('the same, strict, us', 'idle_us_strict', 200),
           ('the same, easy, us', 'idle_us_easy', 200),
           ('step after an end, p99, us', 'end_p99_us', 1000),
           ('the same, strict, p99, us', 'end_p99_us_strict', 1000),
           ('the same, easy, p99, us', 'end_p99_us_easy', 1000),
           ('explain, p99, us', 'explain_p99_us', 1000),
           ('memory a waiting job, B', 'bytes_a_job', 250)]


def measure(program, rounds, only):
    """The benchmarks' entries by name, each figure the median over the rounds."""
    seen = {}
    for number in range(rounds):
        print(f'round {number + 1} of {rounds} ...', file=sys.stderr, flush=True)
        command = [program, '--benchmark_format=json']
        if only:
            command.append('--benchmark_filter=' + only)
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        for entry in json.loads(run.stdout)['benchmarks']:
            seen.setdefault(entry['name'], []).append(entry)
    merged = {}
    for name, entries in seen.items():
        merged[name] = dict(entries[0])
        for key, value in entries[0].items():
            if isinstance(value, float):
                merged[name][key] = statistics.median(e.get(key, value) for e in entries)
    return merged


def find(entries, prefix):
    for name, entry in entries.items():
        if (name + '/').startswith(prefix) or name == prefix:
            return entry
    return None


def verdict(figure, target, side):
    if target is None:
        return ''
    good = figure >= target if side == '>=' else figure <= target
    return 'met' if good else 'MISSED'


def row(what, figure, target, side):
    wanted = '' if target is None else f'{side} {target:g}'
    print(f'| {what:58} | {figure:14,.3f} | {wanted:>12} | {verdict(figure, target, side):6} |')


def table(entries):
    print(f'| {"figure (median of the rounds)":58} | {"measured":>14} | {"target":>12} | {"":6} |')
    print('|---|---|---|---|')
    for what, name, counter, target, side in ROWS:
        entry = find(entries, name)
        if entry is not None:
            row(what, entry[counter], target, side)
    for name, entry in entries.items():
        if not name.startswith('million_waiting/'):
            continue
        classes = name.split('classes:')[1].split('/')[0]
        for what, counter, target in WAITING:
            held = target if int(classes) <= 10_000 else None
            row(f'{entry["label"]}, {int(classes):,} classes: {what}', entry[counter], held, '<=')


def main():
    options = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    options.add_argument('--program', required=True)
    options.add_argument('--rounds', type=int, default=3)
    options.add_argument('--filter', default='')
    options.add_argument('--json')
    options.add_argument('--svg')
    chosen = options.parse_args()
    entries = measure(chosen.program, chosen.rounds, chosen.filter)
    table(entries)
    if chosen.json:
        with open(chosen.json, 'w', encoding='utf-8') as out:
            json.dump(list(entries.values()), out, indent=1)
    if chosen.svg:
        with open(chosen.svg, 'w', encoding='utf-8') as out:
            out.write(curves.draw(entries))


if __name__ == '__main__':
    main()
