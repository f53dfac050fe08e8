#!/usr/bin/env bash
# Brings a fresh Debian or Ubuntu machine to where Weft builds, tests and demonstrates itself: Debian packages, node modules, build.
# Every step looks first and does only what is missing, so running it again takes about a second.
#
#   npm run setup             says what it does and that it is done
#   bash scripts/setup.sh --quiet   says nothing unless something had to be done
#   bash scripts/setup.sh --program dockerd docker.io   only this Debian package, unless its program is there: for what few tests need
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

quiet= program=
case "${1:-}" in
  '') ;;
  --quiet) quiet=1 ;;
  --program) program=${2:?} package=${3:?} ;;
  *) echo "setup: unknown option '$1' (--quiet and --program are known)" >&2; exit 2 ;;
esac

fail() { # sentence, hint
  echo "setup: $1" >&2
  [ -z "${2:-}" ] || echo "       $2" >&2
  exit 1
}

work=$(mktemp -d)
made_policy=
clean_up() {
  [ -z "$made_policy" ] || as_root rm -f /usr/sbin/policy-rc.d
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Runs a long command with its output kept aside: a line when it begins, one every ten seconds while it lasts (its own last words
# in brackets), one when it is done. The output is shown when it fails.
step() { # what, command…
  local what=$1 started=$SECONDS log=$work/step.log pid next=10 code=0
  shift
  echo "setup: $what …"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    if [ $((SECONDS - started)) -ge $next ]; then
      echo "setup:   $((SECONDS - started)) s [$(tail -n 1 "$log" | cut -c 1-100)]"
      next=$((next + 10))
    fi
    sleep 0.2
  done
  wait "$pid" || code=$?
  if [ $code != 0 ]; then
    # npm says what is wrong first, and then how it can be used.
    if [ "$(wc -l <"$log")" -gt 80 ]; then { head -n 30 "$log"; echo …; tail -n 40 "$log"; } >&2; else cat "$log" >&2; fi
    fail "$what failed (exit code $code)" "${step_hint:-}"
  fi
  echo "setup:   done in $((SECONDS - started)) s"
}

# --- Node -----------------------------------------------------------------------------------------------------------------------
command -v node >/dev/null || fail 'there is no node on the PATH' 'install Node 20.19 or newer'
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "Node $(node --version) is too old" 'Weft needs Node 20.19 or newer'

# One set-up at a time per checkout. The lock is on the directory itself, so it leaves no file and ends with the process.
exec 9<"$root"
if ! flock -n 9; then
  echo 'setup: another set-up is at work in this checkout; waiting for it …'
  flock -w 1800 9 || fail 'the other set-up did not end within 30 minutes' "find it with: fuser -v $root"
fi

# --- Debian packages ------------------------------------------------------------------------------------------------------------
# A program from elsewhere (/usr/local/bin/etcd) is as good as the package's.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
if [ -n "$program" ]; then need "$program" "$package"; else
need etcd etcd-server
need etcdctl etcd-client
need ip iproute2
need bridge iproute2
need nft nftables
need iptables iptables
need ping iputils-ping
need iperf3 iperf3
need tcpdump tcpdump
need conntrack conntrack
need curl curl
need ethtool ethtool
need openssl openssl
need sysctl procps
fi

install_packages() { # package…
  command -v apt-get >/dev/null ||
    fail "these are missing: $* (names of Debian packages)" 'this is not Debian or Ubuntu: install them in your way, then run it again'
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    fail "these Debian packages are missing: $*" 'run it as root, or install sudo'
  # The sudo prompt must come now, on the terminal, and not within a step whose output is kept aside.
  [ "$(id -u)" = 0 ] || sudo -v

  # The package etcd-server starts a service on port 2379 where an init system runs; the lab's etcd lives in its own namespaces.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >"$work/policy-rc.d"
    as_root install -m 755 "$work/policy-rc.d" /usr/sbin/policy-rc.d
    made_policy=1
  fi
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  step_hint='is the machine online, and are its package sources right? (/etc/apt)'
  step 'reading the package lists' as_root "${apt[@]}" update
  step "installing $*" as_root "${apt[@]}" install --no-install-recommends "$@"
  step_hint=
  if [ -n "$made_policy" ]; then
    as_root rm -f /usr/sbin/policy-rc.d
    made_policy=
  fi
  case " $* " in
    *' etcd-server '*)
      if [ -d /run/systemd/system ]; then
        as_root systemctl disable etcd.service >/dev/null 2>&1 || true
        echo 'setup:   the service etcd.service was left disabled: Weft starts an etcd of its own where it needs one'
      fi
      ;;
  esac
}

if [ ${#packages[@]} -gt 0 ]; then
  mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
  install_packages "${packages[@]}"
  changed=1
fi
[ -z "$program" ] || exit 0

# --- node modules ---------------------------------------------------------------------------------------------------------------
# koffi and netlink bring ready-made binaries for common machines; raw-socket is always compiled, against the headers of this very Node.
native=(koffi netlink raw-socket)
native_modules_load() { node -e 'for (const name of process.argv.slice(1)) require(name)' "${native[@]}" >/dev/null 2>&1; }

prepare_compiler() {
  local missing=() prefix arch
  for tool in g++ make python3; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
  prefix=$(node -p 'path.resolve(process.execPath, "../..")')
  if [ -f "$prefix/include/node/node.h" ]; then
    export npm_config_nodedir=$prefix
  elif ! curl -sfI --max-time 5 https://nodejs.org/dist/index.json >/dev/null; then
    # node-gyp would fetch them from nodejs.org; where only a registry can be reached, they are in the package that holds this Node.
    arch=$(node -p process.arch)
    step 'fetching the headers of this Node' npm install --prefix "$work/node" --no-save --no-audit --no-fund \
      "node-linux-$arch@$(node -p process.versions.node)"
    export npm_config_nodedir=$work/node/node_modules/node-linux-$arch
  fi
}

modules=0
node scripts/modules-current.mjs || modules=$?
if [ $modules = 1 ]; then
  prepare_compiler
  step_hint='is the machine online, and which registry does `npm config get registry` name?'
  step 'installing the node modules (npm ci)' npm ci --no-audit --no-fund \
    --loglevel http --fetch-retries 2 --fetch-retry-maxtimeout 15000 --fetch-timeout 60000
  step_hint=
  changed=1
fi
if [ $modules != 0 ]; then
  if ! native_modules_load; then
    prepare_compiler
    step 'building the native node modules' npm rebuild "${native[@]}"
    native_modules_load || fail "the native node modules do not load: ${native[*]}" "see: node -e 'require(\"raw-socket\")', and so on"
    changed=1
  fi
  node -p process.versions.modules >node_modules/.built-for
fi

# --- build ----------------------------------------------------------------------------------------------------------------------
# Directories are looked at too: their time changes when a file is removed.
sources_changed() {
  [ -e dist/.built ] && [ -x dist/bin/weftd ] && [ -x dist/bin/weft ] || return 0
  [ -n "$(find apps libs e2e test scripts package.json package-lock.json tsconfig.json tsconfig.base.json \
    -newer dist/.built -print -quit)" ]
}

if sources_changed; then
  mkdir -p dist
  touch "$work/began"
  step 'building (npm run build)' npm run --silent build
  # The stamp bears the time of the beginning: what was edited during the build is built next time.
  touch -r "$work/began" dist/.built
  changed=1
fi

if [ -n "${changed:-}" ]; then
  echo "setup: ready after $SECONDS s"
elif [ -z "$quiet" ]; then
  echo 'setup: ready, nothing was missing'
fi
