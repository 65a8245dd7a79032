# Shared by the scripts in this folder: where the checkout is, steps with progress, and what has to
# be installed before any TypeScript can run. Sourced, not run.
here=$(cd "$(dirname "$0")/.." && pwd -P)

fail() { # fail WHAT REMEDY
  echo "$1" >&2
  echo "  → $2" >&2
  exit 3
}

# Runs a command with its output in a log; shows the seconds on a terminal and the log on failure.
step() { # step LABEL COMMAND...
  label=$1
  shift
  mkdir -p "$here/var/log"
  log=$here/var/log/setup.log
  began=$(date +%s)
  [ -t 1 ] || echo "… $label"
  "$@" >"$log" 2>&1 </dev/null &
  step_pid=$!
  trap 'kill "$step_pid" 2>/dev/null; wait "$step_pid" 2>/dev/null; exit 130' INT TERM HUP
  while [ -t 1 ] && kill -0 "$step_pid" 2>/dev/null; do
    printf '\r\033[2K… %s %s s' "$label" "$(($(date +%s) - began))"
    sleep 0.2
  done
  step_status=0
  wait "$step_pid" || step_status=$?
  trap - INT TERM HUP
  [ ! -t 1 ] || printf '\r\033[2K'
  if [ "$step_status" -ne 0 ]; then
    echo "✗ $label"
    tail -n 20 "$log" >&2
    return 1
  fi
  echo "✓ $label ($(($(date +%s) - began)) s)"
}

need_node() {
  remedy="install Node 20.10 or newer: https://nodejs.org or your distribution's package nodejs"
  command -v node >/dev/null || fail "Node is not on this machine" "$remedy"
  command -v npm >/dev/null || fail "npm is not on this machine" "install npm"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number);
    process.exit(a > 20 || (a === 20 && b >= 10) ? 0 : 1)' ||
    fail "Node $(node --version) is too old" "$remedy"
}

# npm ci, once for each package-lock.json and version of Node.
need_npm_packages() {
  # A linked folder belongs to another checkout, which sees to it.
  [ ! -L "$here/node_modules" ] || return 0
  wanted="$(sha256sum <"$here/package-lock.json") $(node --version)"
  stamp=$here/node_modules/.ringwright-packages
  [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
  step "packages of npm" npm --prefix "$here" ci --no-audit --no-fund ||
    fail "npm ci failed" "see the lines above; a proxy or registry may be out of reach"
  echo "$wanted" >"$stamp"
}

# Installs what is missing of PROGRAM:PACKAGE pairs, as root or with a sudo that asks nothing.
need_programs() {
  missing=
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
  done
  [ -n "$missing" ] || return 0
  sudo=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "missing:$missing" "as root: apt-get install$missing"
    sudo="sudo -n"
    sudo -n true 2>/dev/null || fail "missing:$missing" "sudo apt-get install$missing"
  fi
  apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300"
  # The lists of packages may be absent (a fresh container) or older than the mirror.
  # shellcheck disable=SC2086 # the words of $apt and $missing are to be split
  step "packages of the system:$missing" \
    sh -c '$0 install --no-install-recommends $1 || { $0 update && $0 install --no-install-recommends $1; }' \
    "$apt" "$missing" ||
    fail "could not install:$missing" "as root: apt-get update && apt-get install$missing"
}

# SIPp plays the public, baresip the agents' phones.
need_phones() {
  need_programs sipp:sip-tester baresip:baresip-core
}
