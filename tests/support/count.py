"""Sums test cases over the logs of `meson test`; the last line is `N passed, N failed`.

A program counts with the cases it reports: the summary line of doctest, or a line of its own,
`N passed, N failed[, N skipped]`. A program that fails without naming a failed case (a crash, a
time-out), that reports no case at all, or that skips, counts as a failed case of its own.
"""
import argparse
import fnmatch
import json
import re
import sys

DOCTEST = re.compile(
    r"^\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|"
    r"(?:\s*(\d+) skipped)?", re.M)
OWN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?[ \t]*$", re.M)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def reported(output):
    """(passed, failed, skipped) cases as a program's output names them."""
    output = COLOUR.sub("", output)
    sums = [0, 0, 0]
    found = [match[1:] for match in DOCTEST.findall(output)] + OWN.findall(output)
    for counts in found:
        sums = [total + int(count or 0) for total, count in zip(sums, counts)]
    return sums


def judge(test, allowed):
    """(passed, failed, complaint or None) of one test program's record."""
    result = test["result"]
    name = test["name"].rpartition(" / ")[2]  # meson puts project and suite before it
    passed, failed, skipped = reported(test.get("stdout") or "")
    skip_allowed = any(fnmatch.fnmatch(name, pattern) for pattern in allowed)
    if result == "SKIP":
        return (0, 0, None) if skip_allowed else (0, 1, "was skipped")
    if result == "EXPECTEDFAIL":
        return 1, 0, None
    if result != "OK":
        what = f"{failed} failed" if failed else f"{result.lower()} ({test.get('returncode')})"
        return passed, max(failed, 1), what
    if failed:
        return passed, failed, f"{failed} failed, though it ended with 0"
    if skipped and not skip_allowed:
        return passed, skipped, f"{skipped} cases were skipped"
    if passed == 0 and not (skipped and skip_allowed):
        return 0, 1, "reported no test case"
    return passed, 0, None


def count(logs, allowed):
    """(passed, failed, complaints) over all records of the logs."""
    passed, failed, complaints = 0, 0, []
    for log in logs:
        with open(log, encoding="utf-8", errors="replace") as lines:
            records = [json.loads(line) for line in lines if line.strip()]
        if not records:
            failed += 1
            complaints.append(f"{log}: no test ran")
        for test in records:
            more, fewer, complaint = judge(test, allowed)
            passed, failed = passed + more, failed + fewer
            if complaint:
                complaints.append(f"{test['name']}: {complaint} ({log})")
    return passed, failed, complaints


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("logs", nargs="*", help="testlog.json files of meson")
    parser.add_argument("--allow-skip", action="append", default=[], metavar="NAME")
    parser.add_argument("--passed", action="append", default=[], metavar="NAME")
    parser.add_argument("--failed", action="append", default=[], metavar="NAME")
    options = parser.parse_args(arguments)
    passed, failed, complaints = count(options.logs, options.allow_skip)
    passed, failed = passed + len(options.passed), failed + len(options.failed)
    complaints += [f"{name}: failed" for name in options.failed]
    for complaint in complaints:
        print("FAILED " + complaint)
    if passed + failed == 0:
        print("no test ran")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
