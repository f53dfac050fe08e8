#!/bin/sh
# Gives each host its own user and role in etcd: it reads everything under the prefix, writes the networks' records, and of the records
# about hosts only its own. Run it again for new hosts; what is there stays. docs/etcd.md says what this protects, and what it does not.
#
#   etcd-roles.sh [--prefix /weft/v1] HOST...       users HOST..., known by the common name of their client certificates
#   etcd-roles.sh [--prefix /weft/v1] --operator NAME...   users that may write everything under the prefix
#
# How etcd is reached is told by etcdctl's variables: ETCDCTL_ENDPOINTS, ETCDCTL_CACERT, ETCDCTL_CERT, ETCDCTL_KEY, ETCDCTL_USER.
# Authentication itself is switched on by hand, once: etcdctl user add root --no-password; etcdctl user grant-role root root; etcdctl auth enable
set -eu
export ETCDCTL_API=3

prefix=/weft/v1
operator=
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2%/}; shift 2 ;;
    --operator) operator=1; shift ;;
    -*) echo "etcd-roles.sh: unknown option $1" >&2; exit 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || { echo 'usage: etcd-roles.sh [--prefix PREFIX] [--operator] NAME...' >&2; exit 2; }

for name; do
  case $name in *[!a-z0-9.-]*) echo "etcd-roles.sh: '$name' is not the name of a host" >&2; exit 2 ;; esac
done

# Out of reach, or refused by TLS, etcdctl tries for ever.
etcd() { timeout 30 etcdctl "$@" || { [ $? -ne 124 ] || echo 'etcd-roles.sh: etcd does not answer' >&2; return 1; }; }

# What exists already is fine; any other answer is not.
once() {
  answer=$("$@" 2>&1) && return
  case $answer in *"already exists"*) ;; *) echo "$answer" >&2; exit 1 ;; esac
}
grant() { etcd role grant-permission "$@" >/dev/null; }

once etcd role add weft-read
grant weft-read --prefix=true read "$prefix/"
once etcd role add weft-networks
grant weft-networks --prefix=true readwrite "$prefix/networks/"
once etcd role add weft-operator
grant weft-operator --prefix=true readwrite "$prefix/"

for name; do
  once etcd user add "$name" --no-password
  if [ -n "$operator" ]; then
    etcd user grant-role "$name" weft-operator >/dev/null
    echo "$name: may write everything under $prefix"
    continue
  fi
  once etcd role add "weft-host-$name"
  for key in hosts status proofs; do grant "weft-host-$name" readwrite "$prefix/$key/$name"; done
  grant "weft-host-$name" --prefix=true readwrite "$prefix/proofs/$name/"
  for role in weft-read weft-networks "weft-host-$name"; do etcd user grant-role "$name" "$role" >/dev/null; done
  echo "$name: may write its own records and those of the networks under $prefix"
done
