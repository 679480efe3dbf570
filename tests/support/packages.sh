# Sourced by quickstart, tests/run and bench/run: installs what packages.txt lists and is missing.

# The packages of the named sections of packages.txt, one a line.
packages_of() {  # FILE SECTION...
  local file=$1 section='' line
  shift
  while IFS= read -r line; do
    line=${line%%#*}
    line=${line//[[:space:]]/}
    case $line in
      '') ;;
      \[*\]) section=${line:1:-1} ;;
      *) case " $* " in *" $section "*) echo "$line" ;; esac ;;
    esac
  done <"$file"
}

# Those of the given packages that are not installed, one a line.
missing_among() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q ' installed$' || echo "$package"
  done
}

# Requires: Debian or a relative. Calls apt only where something is missing.
install_missing_packages() {  # FILE SECTION...
  command -v dpkg-query >/dev/null ||
    { echo "no dpkg here: install the packages of $1 by hand" >&2; return 1; }
  local missing as_root=()
  # shellcheck disable=SC2046  # one package a word
  missing=$(missing_among $(packages_of "$@"))
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      { echo "run this once as root: apt-get install" $missing >&2; return 1; }
    as_root=(sudo)
  fi
  echo "installing" $missing
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0)
  # An index that is hours old asks the mirror for files that are gone.
  "${apt[@]}" update >/dev/null ||
    { echo "apt-get update failed: is the Debian mirror reachable?" >&2; return 1; }
  # shellcheck disable=SC2086
  "${apt[@]}" install -y --no-install-recommends $missing >/dev/null || {
    echo "apt-get install failed; try it by hand: apt-get install" $missing >&2; return 1; }
}
