#!/usr/bin/env python3
"""Runs a program and compares what it prints with a file: expect_output.py PROGRAM EXPECTED."""

import subprocess
import sys

program, expected_file = sys.argv[1:]
expected = open(expected_file, encoding="utf-8").read()
result = subprocess.run([program], capture_output=True, text=True, timeout=60, check=False)
if result.returncode == 0 and result.stdout == expected:
    print("1 passed, 0 failed")
    sys.exit(0)
print(f"exit {result.returncode}, printed:\n{result.stdout}{result.stderr}\nexpected:\n{expected}")
print("0 passed, 1 failed")
sys.exit(1)
