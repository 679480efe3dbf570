#!/bin/sh
# The distribution of one column of the trace. Prints: p50 p90 p99 max
#   sh percentiles.sh COLUMN
set -eu
awk -v column="$1" '{ print $column }' | sort -n | awk '
  { value[NR] = $1 }
  END {
    if (NR == 0) exit 1
    print value[int((NR + 1) * 0.50)], value[int((NR + 1) * 0.90)], value[int((NR + 1) * 0.99)], \
      value[NR]
  }'
