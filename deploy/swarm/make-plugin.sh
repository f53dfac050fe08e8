#!/bin/sh
# Makes and enables the managed plugin by which Swarm services use Weft's networks (docs/swarm.md). To be run once on every node, beside
# its agent; again after the plugin was removed. Swarm takes no driver from a plain plugin socket, only from a managed plugin.
#
#     make-plugin.sh [NAME [SOCKET]]
#
# NAME is the plugin's name, and the driver's (weft-swarm). SOCKET is where the agent serves Docker, as its setting docker-plugin-socket
# says; without it, /run/docker/plugins/weft.sock.
#
# The plugin does nothing but to lead dockerd to the agent: dockerd looks for a plugin's socket in a directory that plugin and host share,
# and finds a link to the agent's there. So no request takes a detour, and an agent that is upgraded is no reason to touch the plugin.
set -eu

name=${1:-weft-swarm}
socket=${2:-/run/docker/plugins/weft.sock}
case $socket in
  /*[!A-Za-z0-9/._-]* | [!/]*)
    echo "make-plugin.sh: SOCKET must be a path of letters, digits, dots, dashes and underscores that begins with a slash" >&2
    exit 2
    ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A shell that a signal kills does not run what is to be run on EXIT.
trap 'exit 130' INT TERM HUP
mkdir -p "$work/rootfs/bin" "$work/rootfs/etc" "$work/rootfs/run/docker/plugins"

# A shell, ln and sleep of this host, with the libraries that they need.
for program in sh ln sleep; do
  path=$(command -v "$program")
  cp -L "$path" "$work/rootfs/bin/$program"
  for library in $(ldd "$path" 2>/dev/null | sed -n 's|^[^/]*\(/[^ ]*\) (0x.*|\1|p'); do
    mkdir -p "$work/rootfs/${library%/*}"
    cp -L "$library" "$work/rootfs$library"
  done
done

cat >"$work/rootfs/bin/lead" <<END
#!/bin/sh
ln -sfn "$socket" /run/docker/plugins/weft.sock
trap 'exit 0' TERM INT
while :; do
  sleep 86400 &
  wait \$!
done
END
chmod 755 "$work/rootfs/bin/lead"

cat >"$work/config.json" <<END
{
  "description": "Networks and addresses of Weft for Swarm services",
  "documentation": "docs/swarm.md of Weft",
  "entrypoint": ["/bin/sh", "/bin/lead"],
  "interface": { "socket": "weft.sock", "types": ["docker.networkdriver/1.0", "docker.ipamdriver/1.0"] },
  "network": { "type": "host" }
}
END

docker plugin create "$name" "$work" >/dev/null
if ! docker plugin enable "$name" >/dev/null; then
  docker plugin rm -f "$name" >/dev/null
  echo "make-plugin.sh: dockerd reached no agent by $socket; does weftd run with docker: true, and does it serve Docker there?" >&2
  exit 1
fi
echo "$name is enabled"
