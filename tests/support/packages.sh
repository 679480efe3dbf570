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

# Calls apt only where something is missing; its words are shown only where it fails.
# Requires: Debian or a relative.
install_missing_packages() {  # FILE SECTION...
  command -v dpkg-query >/dev/null ||
    { echo "no dpkg here: install the packages of $1 by hand" >&2; return 1; }
  local missing as_root=() log
  # shellcheck disable=SC2046  # one package a word
  missing=$(missing_among $(packages_of "$@") | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
      echo "packages are missing and there is no sudo; run as root:" >&2
      echo "  apt-get install --no-install-recommends $missing" >&2
      return 1
    }
    as_root=(sudo)
  fi
  echo "installing $missing"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0)
  # An index that is hours old asks the mirror for files that are gone.
  # shellcheck disable=SC2086
  if ! log=$({ "${apt[@]}" update &&
    "${apt[@]}" install -y --no-install-recommends $missing; } 2>&1); then
    tail -n 20 <<<"$log" >&2
    echo "the packages could not be installed; is the Debian mirror reachable? By hand:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends $missing" >&2
    return 1
  fi
}

# Jobs run as another user than root. Where a root folder made by hand (a chroot, a container
# image) is closed to all but root, none of them could even start.
open_root_folder() {
  [ "$(id -u)" = 0 ] && [ $((0$(stat -c %a /) & 1)) = 0 ] || return 0
  echo "the root folder is closed to other users (mode $(stat -c %a /)): opening it for passage"
  chmod o+x /
}
