#!/bin/sh
# The CNI plugin: hands what a container runtime asks to the agent of this host and prints its answer (docs/cni.md). All work is done in
# the agent; this is sh because a runtime waits for it: to start and to ask, perl without its modules takes some 3 ms, curl 7 ms and node
# 50 ms. What is read and cut is read and cut by the shell.
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

# A line break would begin another header.
case ${CNI_CONTAINERID:-}${CNI_NETNS:-}${CNI_IFNAME:-}${CNI_ARGS:-}${CNI_COMMAND:-} in
  *[[:cntrl:]]*) fail 4 'a CNI_ variable has a control character' 'see the parameters in the CNI specification' ;;
esac

# Sends the configuration that it reads to the agent, and prints the answer with the status behind it. Fails as curl does: 28 late, 7 no agent.
ask_by_curl() {
  curl --silent --unix-socket "$socket" --connect-timeout 5 --max-time 60 --write-out '%{http_code}' --data-binary @- \
    -H 'content-type: application/json' -H 'expect:' -H "cni-command: ${CNI_COMMAND:-}" -H "cni-containerid: ${CNI_CONTAINERID:-}" \
    -H "cni-netns: ${CNI_NETNS:-}" -H "cni-ifname: ${CNI_IFNAME:-}" -H "cni-args: ${CNI_ARGS:-}" http://weft/v1/cni
}

# Needs nothing but perl itself (Debian's perl-base, which is always there). 1, 1: AF_UNIX, SOCK_STREAM. By HTTP/1.0 the answer ends with the
# connection, and comes in one piece.
ask_by_perl() {
  exec perl -e '
    $SIG{ALRM} = sub { exit 28 };
    $SIG{PIPE} = "IGNORE";
    alarm 60;
    local $/;
    my $body = <STDIN>;
    my $agent;
    socket($agent, 1, 1, 0) && connect($agent, pack("S a*", 1, $ARGV[0])) or exit 7;
    my $head = "POST /v1/cni HTTP/1.0\r\nhost: weft\r\ncontent-type: application/json\r\ncontent-length: " . length($body) . "\r\n";
    for my $name (qw(COMMAND CONTAINERID NETNS IFNAME ARGS)) {
      my $value = $ENV{"CNI_$name"};
      $head .= "cni-" . lc($name) . ": $value\r\n" if defined $value && $value ne "";
    }
    select $agent;
    $| = 1;
    print "$head\r\n$body";
    my $answer = <$agent>;
    select STDOUT;
    $answer =~ m{^HTTP/1\.\d (\d{3}).*?\r\n\r\n(.*)\z}s or exit 52;
    print "$2$1";
  ' "$socket"
}

if command -v perl >/dev/null; then
  way=ask_by_perl
elif command -v curl >/dev/null; then
  way=ask_by_curl
else
  here=$(dirname "$(readlink -f "$0")")
  command -v node >/dev/null || fail 5 'there is neither perl nor curl nor node on the PATH' 'install curl'
  printf '%s' "$configuration" | WEFT_SOCKET=$socket node "$here/weft-cni.mjs"
  exit $?
fi

answer=$(
  $way <<END
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
