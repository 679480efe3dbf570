#!/bin/sh
# One part of the batch: runs a command over the trace's jobs (without the header) and keeps what it
# prints as $OUT/NAME.txt. The file appears only when the command has succeeded.
#   sh part.sh NAME COMMAND [ARGUMENT...]
set -eu
name=$1
shift
gzip -dc KTH-SP2-1996-2.swf.gz >whole.swf
grep -v '^;' whole.swf >trace.swf
"$@" <trace.swf >"$OUT/$name.part"
mv "$OUT/$name.part" "$OUT/$name.txt"
echo "$name: $(wc -l <"$OUT/$name.txt") lines"
