import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { before, it } from 'mocha'
import type { AgentStatus, EndpointView, EventView, HostView } from '#api'
import { Machine, REPOSITORY, waitFor } from '#lab'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *    c1 (blue)                                          h2/c1 (blue)
 *     |   ufw, firewalld, systemd-networkd, NetworkManager, one after the other
 *    h1: booted by systemd, weftd.service              h2: weftd
 *   ==+=================== underlay ====================+=== etcd1
 *
 * Real services of Debian, each as its package has it, beside weftd as its unit has it.
 */
// Boots a machine and may install packages in it: only with `npm run e2e -- --long`, without which it is not even registered.
if (process.env['WEFT_LONG'] === '1') {
  story('host services beside weftd', { hosts: 2, agents: false }, (stage) => {
    let machine: Machine
    const sh = async (script: string): Promise<string> => (await machine.exec(['sh', '-ec', script])).stdout
    const weft = async <T>(...words: string[]): Promise<T> => JSON.parse(await sh(`weft -o json ${words.join(' ')}`)) as T
    const deploy = (name: string): string => readFileSync(join(REPOSITORY, 'deploy', name), 'utf8')
    const problems = async (): Promise<readonly string[]> => {
      const status = await weft<AgentStatus>('status')
      return [...status.problems, ...status.reconcile.failures].map(({ code, hint }) => `${code} ${hint}`)
    }
    const problem = (code: string): Promise<string> =>
      waitFor(code, async () => (await problems()).find((line) => line.startsWith(code)), { deadline: 60_000 })
    const cured = (code: string): Promise<true> =>
      waitFor(`${code} to go`, async () => !(await problems()).some((line) => line.startsWith(code)), { deadline: 90_000 })
    const h2 = async (): Promise<HostView['health'] | undefined> =>
      (await weft<HostView[]>('hosts')).find(({ host }) => host === 'h2')?.health
    const h2Is = (state: string): Promise<unknown> => waitFor(`h2 to be ${state}`, async () => (await h2())?.state === state)
    /** Once each way: what the machine's c1 asks, and what it is asked. */
    let near = ''
    let far = ''
    const bothWays = async (): Promise<void> => {
      await waitFor(
        'c1 to reach h2/c1',
        async () => (await machine.exec(['ip', 'netns', 'exec', 'c1', 'ping', '-c1', '-W1', far])).code === 0,
      )
      await reaches(stage.container('h2/c1'), near)
    }
    const lastEvent = async (): Promise<number> => (await weft<EventView[]>('events')).at(-1)?.sequence ?? 0
    const repairs = async (after: number): Promise<readonly EventView[]> =>
      (await weft<EventView[]>('events', '--after', String(after))).filter(({ message }) => message === 'kernel state changed')

    before(async function () {
      this.timeout(1_200_000)
      const host = stage.lab.host('h1')
      machine = new Machine(stage.lab.id, host, ['ufw', 'firewalld', 'network-manager'])
      await machine.boot()
    })

    it('weftd.service starts, and containers reach each other', async () => {
      const { lab } = stage
      const h1 = lab.host('h1')
      await machine.write('/etc/systemd/system/weftd.service', deploy('weftd.service'))
      await machine.write(
        '/etc/weft/weftd.yaml',
        `host: h1\nunderlay-address: ${h1.address}\netcd:\n${lab.etcd.map(({ url }) => `  - ${url}\n`).join('')}`,
      )
      await sh('ln -sf /opt/weft/dist/bin/weft /usr/local/bin/weft')
      await sh('systemctl daemon-reload && systemctl enable --now weftd')
      await lab.host('h2').startAgent()
      await waitFor('the agent of the machine', async () => (await machine.exec(['weft', 'status'], { check: false })).code === 0)
      await sh('weft network create blue --pool 10.61.0.0/16')
      far = (await (await lab.host('h2').addContainer('c1')).attach('blue')).address
      await sh('ip netns add c1')
      near = (await weft<EndpointView>('attach', '--netns', '/run/netns/c1', '--network', 'blue')).address
      await bothWays()
      await waitFor('the kernel of h2 to have answered over the overlay', async () => (await h2())?.kernelAsked)
    })

    it('ufw: what it holds back is named, and what docs/firewall.md says helps', async () => {
      await sh('ufw --force enable')
      await h2Is('path-broken')
      expect(await problem('WEFT_HOST_PATH_BROKEN')).to.contain('firewall')
      await sh('ufw allow proto udp to any port 4789; ufw allow 7788')
      await h2Is('alive')
      await bothWays()
    })

    it('ufw: reloaded and restarted, it lets the overlay through again', async () => {
      await sh('ufw reload; systemctl restart ufw')
      await bothWays()
      await sh('ufw --force disable')
    })

    it('firewalld: what it holds back is named, and the commands of the hint help', async () => {
      await sh('systemctl start firewalld')
      const hint = await problem('WEFT_FORWARD_BLOCKED')
      await sh('firewall-cmd --permanent --add-port=4789/udp --add-port=7788/udp --add-port=7788/tcp')
      const command = /firewall-cmd .*--reload/.exec(hint)?.[0] ?? ''
      expect(command).to.contain('--add-interface=wbr-blue')
      await sh(command.replace('--add-interface=wbr-blue', '--add-interface=wbr-blue --add-interface=weft-blue'))
      await cured('WEFT_FORWARD_BLOCKED')
      await h2Is('alive')
      await bothWays()
    })

    it('firewalld: reloaded and restarted, it raises no alarm', async () => {
      const before = await lastEvent()
      await sh('firewall-cmd --reload; firewall-cmd --complete-reload; systemctl restart firewalld; firewall-cmd --state')
      await bothWays()
      const told = (await weft<EventView[]>('events', '--after', String(before))).map(({ fields }) => fields['code'])
      expect(told).to.not.include('WEFT_FORWARD_BLOCKED')
      await sh('systemctl stop firewalld')
    })

    it('systemd-networkd deletes routes of others: Weft’s come back; with its drop-in they stay', async () => {
      const { address } = stage.lab.host('h1')
      await machine.write('/etc/systemd/network/10-eth0.network', `[Match]\nName=eth0\n[Network]\nAddress=${address}/16\n`)
      const before = await lastEvent()
      await sh('systemctl start systemd-networkd')
      await waitFor(
        'a route that was deleted and put back',
        async () => {
          // On a busy machine networkd does not always answer in time.
          await machine.exec(['networkctl', 'reconfigure', 'eth0'], { check: false })
          return (await repairs(before)).length > 0
        },
        { deadline: 120_000, interval: 1_000 },
      )
      await bothWays()
      await machine.write('/etc/systemd/networkd.conf.d/weft.conf', deploy('networkd-weft.conf'))
      await machine.write('/etc/systemd/network/05-weft.network', deploy('networkd-weft.network'))
      await sh('systemctl restart systemd-networkd; networkctl --json=short >/dev/null')
      const since = await lastEvent()
      await sh('networkctl reload; networkctl reconfigure eth0 || :; systemctl restart systemd-networkd')
      await bothWays()
      expect(await repairs(since)).to.deep.equal([])
      await sh('systemctl stop systemd-networkd.socket systemd-networkd')
    })

    it('NetworkManager takes devices down when told to: Weft’s come back; with its drop-in it leaves them alone', async () => {
      const before = await lastEvent()
      await sh('systemctl start NetworkManager; nmcli device disconnect weft-blue')
      await waitFor('addresses that were taken away and put back', async () => (await repairs(before)).length > 0)
      await bothWays()
      await machine.write('/etc/NetworkManager/conf.d/weft.conf', deploy('networkmanager-weft.conf'))
      await sh('systemctl restart NetworkManager')
      await waitFor('NetworkManager to leave the device alone', async () =>
        /^weft-blue:unmanaged$/m.test(await sh('nmcli -t -f DEVICE,STATE device')),
      )
      const since = await lastEvent()
      await sh('! nmcli device disconnect weft-blue; ! nmcli device disconnect wbr-blue; systemctl restart NetworkManager')
      await bothWays()
      expect(await repairs(since)).to.deep.equal([])
      await machine.off()
    })
  })
}
