#!/usr/bin/env bash
# Floors 0 to 3 alone must configure and build with a compiler, tl::expected and Boost headers:
# fails when meson looks for anything else on the way.
set -u
folder=${1:?usage: engine_only.sh BUILD_FOLDER}
[ -f "$folder/build.ninja" ] ||
  CXX='ccache g++' meson setup "$folder" -Dengine_only=true -Dtests=false >/dev/null 2>&1 ||
  { tail -n 20 "$folder/meson-logs/meson-log.txt"; exit 1; }
ninja -C "$folder" >"$folder/build.log" 2>&1 || { tail -n 40 "$folder/build.log"; exit 1; }
foreign=$(meson introspect "$folder" --dependencies | python3 -c '
import json, sys
wanted = {"boost", "tl-expected"}
print(" ".join(d["name"] for d in json.load(sys.stdin) if d["name"] not in wanted))')
[ -z "$foreign" ] || { echo "the engine alone looks for: $foreign"; exit 1; }
