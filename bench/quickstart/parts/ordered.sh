#!/bin/sh
# Sorts the trace by one column on as many cpus as the job was given. Prints: the top row's id and
# value, then a checksum of the whole order.
#   sh ordered.sh COLUMN
set -eu
cpus=${RETZ_CPUS%%.*}
sort -k"$1,$1"nr -k1,1n --parallel="$((cpus > 0 ? cpus : 1))" -o sorted.swf
awk -v column="$1" 'NR == 1 { print $1, $column }' sorted.swf
cksum <sorted.swf | cut -d' ' -f1
