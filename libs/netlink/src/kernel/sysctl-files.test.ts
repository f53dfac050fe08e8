import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { WeftError } from '#core'
import { withNetns } from '../testkit/test-netns.js'
import { SysctlFiles, sysctlPath } from './sysctl-files.js'

describe('sysctls', () => {
  it('are files; the name of a device stays whole', () => {
    expect(sysctlPath('net.ipv4.ip_forward')).to.equal('/proc/sys/net/ipv4/ip_forward')
    expect(sysctlPath('net.ipv4.conf.weft-a.rp_filter')).to.equal('/proc/sys/net/ipv4/conf/weft-a/rp_filter')
    expect(sysctlPath('net.ipv6.conf.eth0.100.accept_ra')).to.equal('/proc/sys/net/ipv6/conf/eth0.100/accept_ra')
  })

  it('are those of the namespace', () =>
    withNetns(async ({ netns, ip, exec }) => {
      await ip('link', 'add', 'eth0.7', 'type', 'bridge')
      const host = readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8')
      const sysctls = new SysctlFiles(netns)
      for (const value of ['1', '0', '1']) {
        sysctls.write('net.ipv4.ip_forward', value)
        expect(sysctls.read('net.ipv4.ip_forward')).to.equal(value)
        expect(await exec('cat', '/proc/sys/net/ipv4/ip_forward')).to.equal(`${value}\n`)
      }
      sysctls.write('net.ipv4.conf.eth0.7.rp_filter', '2')
      expect(sysctls.read('net.ipv4.conf.eth0.7.rp_filter')).to.equal('2')
      expect(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8')).to.equal(host)
    }))

  it('that do not exist read as undefined and cannot be written', () =>
    withNetns(async ({ netns }) => {
      const sysctls = new SysctlFiles(netns)
      expect(sysctls.read('net.ipv4.conf.absent.rp_filter')).to.equal(undefined)
      expect(() => sysctls.write('net.ipv4.conf.absent.rp_filter', '0'))
        .to.throw(WeftError)
        .with.property('code', 'WEFT_KERNEL_MISSING')
      expect(() => sysctls.write('net.ipv4.ip_forward', 'nonsense'))
        .to.throw(WeftError, 'net.ipv4.ip_forward')
        .with.property('code', 'WEFT_NETLINK')
    }))
})
