#!/bin/sh
# Packs the trace and proves that it unpacks to the same bytes. Prints: bytes_before bytes_after
#   sh packed.sh gzip|xz LEVEL
set -eu
cat >plain.swf
"$1" "-$2" -c plain.swf >packed
"$1" -dc packed | cmp - plain.swf
echo "$(wc -c <plain.swf) $(wc -c <packed)"
