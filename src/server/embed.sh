#!/bin/sh
# Turns a text file into a C++ raw string literal: embed.sh TEXT OUTPUT
set -eu
{ printf 'R"embedded('; cat "$1"; printf ')embedded"\n'; } > "$2"
