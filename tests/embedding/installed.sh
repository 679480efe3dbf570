#!/usr/bin/env bash
# The example again, as a stranger compiles it: against what `meson install` puts down, by
# pkg-config alone. usage: installed.sh BUILD_FOLDER SOURCE EXPECTED_OUTPUT
set -u
build=$1 source=$2 expected=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

failed() { echo "$1"; echo "0 passed, 1 failed"; exit 1; }

meson install -C "$build" --no-rebuild --quiet --destdir "$folder" >"$folder/log" 2>&1 ||
  failed "meson install: $(tail -n 5 "$folder/log")"
description=$(find "$folder" -name retz.pc)
[ -n "$description" ] || failed "no retz.pc was installed"
prefix=$folder$(sed -n 's/^prefix=//p' "$description")
for program in retz-server retz-client retz-exec; do
  "$prefix/bin/$program" --help >"$folder/log" 2>&1 || failed "$program: $(cat "$folder/log")"
done
flags=$(PKG_CONFIG_PATH=${description%/*} pkg-config --define-variable=prefix="$prefix" \
  --cflags --libs retz) || failed "pkg-config knows no way to link retz"
# shellcheck disable=SC2086  # one flag a word
g++ -std=c++20 -o "$folder/program" "$source" $flags >"$folder/log" 2>&1 ||
  failed "$(tail -n 20 "$folder/log")"
"$folder/program" | diff - "$expected" || failed "the program prints something else"
echo "1 passed, 0 failed"
