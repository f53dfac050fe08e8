#!/bin/sh
# The CNI plugin: hands what a container runtime asks to the agent of this host and prints its answer (docs/cni.md). All work is done in
# the agent; this is sh around curl because a runtime waits for it, and node alone takes five times as long to start. For the same reason it
# starts no other program: what is read and cut is read and cut by the shell.
set -u

if [ "${CNI_COMMAND:-}" = VERSION ]; then
  # Needs no agent: runtimes ask while they start. libs/cni/src/version.ts has the same list.
  echo '{"cniVersion":"1.1.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}'
  exit 0
fi

configuration=
while IFS= read -r line || [ -n "$line" ]; do
  configuration="$configuration$line
"
done

# Sets `value` to the first text of a field, as it stands between the quotes; empty without one.
text_of() { # field
  value=
  case $configuration in
    *"\"$1\""*)
      value=${configuration#*"\"$1\""}
      value=${value#*\"}
      value=${value%%\"*}
      ;;
  esac
}

text_of cniVersion
version=${value:-1.1.0}
case $version in *[!0-9.]*) version=1.1.0 ;; esac

fail() { # code, message, details
  printf '{"cniVersion":"%s","code":%s,"msg":"%s","details":"%s"}\n' "$version" "$1" "$2" "$3"
  exit 1
}

text_of socket
socket=${value:-${WEFT_SOCKET:-/run/weft/weft.sock}}
case $socket in
  *[!A-Za-z0-9/._-]*) fail 7 'network configuration: socket: not a usable path' 'letters, digits, dots, dashes and underscores' ;;
esac

if ! command -v curl >/dev/null; then
  here=$(dirname "$(readlink -f "$0")")
  command -v node >/dev/null || fail 5 'there is neither curl nor node on the PATH' 'install curl'
  printf '%s' "$configuration" | WEFT_SOCKET=$socket node "$here/weft-cni.mjs"
  exit $?
fi

# A line break would begin another header.
case ${CNI_CONTAINERID:-}${CNI_NETNS:-}${CNI_IFNAME:-}${CNI_ARGS:-}${CNI_COMMAND:-} in
  *[[:cntrl:]]*) fail 4 'a CNI_ variable has a control character' 'see the parameters in the CNI specification' ;;
esac

answer=$(
  curl --silent --unix-socket "$socket" --connect-timeout 5 --max-time 60 --write-out '%{http_code}' --data-binary @- \
    -H 'content-type: application/json' -H 'expect:' -H "cni-command: ${CNI_COMMAND:-}" -H "cni-containerid: ${CNI_CONTAINERID:-}" \
    -H "cni-netns: ${CNI_NETNS:-}" -H "cni-ifname: ${CNI_IFNAME:-}" -H "cni-args: ${CNI_ARGS:-}" http://weft/v1/cni <<END
$configuration
END
)
code=$?
if [ $code != 0 ]; then
  # 50: nothing can be attached now; 11: try again later (SPEC.md, "Error").
  kind=11
  [ "${CNI_COMMAND:-}" != STATUS ] || kind=50
  case $code in
    28) fail $kind "the agent (weftd) at $socket did not answer in time" 'weft status; journalctl -u weftd' ;;
    *) fail $kind "no agent (weftd) answers on $socket" 'systemctl status weftd; with another --run-dir, name its socket in the configuration: \"socket\"' ;;
  esac
fi
# The last three characters are the status, the rest is the answer.
body=${answer%???}
[ -z "$body" ] || printf '%s' "$body"
[ "${answer#"$body"}" = 200 ]
