#!/usr/bin/env bash
# Builds the simulator with clang++ and compares what it prints, byte for byte, with what the
# program that the other compiler built prints. Exit 77, a skip, where there is no clang++-16.
set -eu
program=$(realpath "${1:?usage: compare.sh PROGRAM FOLDER}")
folder=$(realpath -m "${2:?usage: compare.sh PROGRAM FOLDER}")
cd "$(dirname "$0")/../.."
command -v clang++-16 >/dev/null || { echo "no clang++-16 here (Debian: clang-16)"; exit 77; }
compiler=clang++-16
if command -v ccache >/dev/null; then compiler="ccache $compiler"; fi
mkdir -p "$folder"
rm -f "$folder"/*.o

folders="base model pool queue planner engine workload simulator"
sources=$(for name in $folders; do find "src/$name" -name '*.cpp'; done | sort)
# One object a source, as many at a time as there are processors.
printf '%s\n' $sources tests/compilers/schedules.cpp |
  xargs -P "$(nproc)" -I{} sh -c '
    object=$2/$(echo "$3" | tr / _).o
    $1 -std=c++20 -O1 -Iinclude -Isrc -c "$3" -o "$object"' sh "$compiler" "$folder" {}
$compiler "$folder"/*.o -lz -o "$folder/schedules"

"$program" >"$folder/other.txt"
"$folder/schedules" >"$folder/clang.txt"
lines=$(wc -l <"$folder/clang.txt")
if cmp "$folder/other.txt" "$folder/clang.txt" && [ "$lines" -gt 50000 ]; then
  echo "$lines lines are equal"
  echo "1 passed, 0 failed"
else
  echo "0 passed, 1 failed"
  exit 1
fi
