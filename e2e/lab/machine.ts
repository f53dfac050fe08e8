import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WeftError } from '#core'
import { Daemon } from './daemon.js'
import { needProgram } from './debian-package.js'
import type { LabHost } from './host.js'
import { labDirectory } from './lab-record.js'
import { REPOSITORY } from './repository.js'
import { run, type Outcome, type RunOptions } from './run-command.js'
import { waitFor } from './wait-for.js'

/** What it may take to install packages and to boot, in ms. */
const BOOT_DEADLINE = 900_000

/** Services of this machine that its copy must not start, whether they are there or not. */
const MASKED = ['docker.service', 'docker.socket', 'containerd.service', 'etcd.service', 'podman.service', 'podman-restart.service']

/**
 * A host of the lab with a systemd of its own: a copy of this machine's files, in which whatever is written goes to memory, booted by
 * systemd-nspawn in the host's network namespace, with this repository as /opt/weft. Its mounts are in a mount namespace, so that nothing is left when it ends.
 */
export class Machine {
  private readonly daemon: Daemon
  private readonly log: string

  /** @param packages Debian packages that it needs; they are installed in the copy alone, and what they enable is not started */
  constructor(
    lab: string,
    private readonly host: LabHost,
    packages: readonly string[],
  ) {
    const directory = join(labDirectory(lab), host.name, 'machine')
    mkdirSync(directory, { recursive: true })
    this.log = join(labDirectory(lab), host.name, 'machine.log')
    const root = `${directory}/root`
    const script = `set -e
mount -t tmpfs tmpfs ${directory}
cd ${directory}
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
cat > root/usr/local/sbin/make-machine <<'EOF'
set -e
missing=
for package in ${packages.join(' ')}; do dpkg -s $package >/dev/null 2>&1 || missing="$missing $package"; done
if [ -n "$missing" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing
fi
EOF
nspawn="systemd-nspawn --quiet --directory=${root} --register=no --keep-unit --link-journal=no"
$nspawn --resolv-conf=copy-host --as-pid2 sh /usr/local/sbin/make-machine
systemctl --quiet --root=${root} disable ${packages.map((name) => `${name}.service`).join(' ')} 2>/dev/null || :
systemctl --quiet --root=${root} mask ${MASKED.join(' ')}
exec $nspawn --boot --bind-ro=${REPOSITORY}:/opt/weft --network-namespace-path=/run/netns/${host.namespace} --capability=all --console=pipe
`
    this.daemon = new Daemon({
      label: `${host.name}.machine`,
      lab,
      words: ['unshare', '--mount', 'sh', '-c', script],
      log: this.log,
    })
  }

  /** Boots it, and waits until its services have started. */
  async boot(): Promise<void> {
    await needProgram('systemd-nspawn', 'systemd-container')
    this.daemon.start()
    const state = await waitFor(
      `the machine of ${this.host.name} (its log: ${this.log})`,
      async () => {
        if (!this.daemon.process) return 'ended'
        const { stdout } = await this.exec(['systemctl', 'is-system-running'], { check: false })
        return ['running', 'degraded'].find((word) => stdout.startsWith(word))
      },
      { deadline: BOOT_DEADLINE },
    )
    if (state === 'ended') throw new WeftError('WEFT_LAB', `the machine has ended: ${readFileSync(this.log, 'utf8').slice(-2_000)}`)
  }

  /** Runs a command as root of the machine. */
  exec(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const first = this.first()
    if (first === undefined) throw new WeftError('WEFT_LAB', `the machine of ${this.host.name} has not booted`)
    return run('nsenter', ['-t', String(first), '--all', '--wd=/', '--', ...words], { deadline: 60_000, ...options })
  }

  /** Writes a file of the machine. */
  async write(path: string, content: string): Promise<void> {
    await this.exec(['sh', '-c', 'mkdir -p "$(dirname "$0")" && cat > "$0"', path], { input: content })
  }

  /** Ends it as a button does. */
  async off(): Promise<void> {
    await this.daemon.stop('SIGTERM', 60_000)
  }

  /** Its init: the child of systemd-nspawn, which the shell becomes when all is prepared. */
  private first(): number | undefined {
    const nspawn = this.daemon.process?.pid
    if (nspawn === undefined || !readFileSync(`/proc/${nspawn}/comm`, 'utf8').startsWith('systemd-nspawn')) return undefined
    const [child = ''] = readFileSync(`/proc/${nspawn}/task/${nspawn}/children`, 'utf8').trim().split(' ')
    return child === '' ? undefined : Number(child)
  }
}
