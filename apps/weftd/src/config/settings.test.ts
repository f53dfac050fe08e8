import { describe, it } from 'mocha'
import { expect } from 'chai'
import { WeftError } from '#core'
import { readConfig, SETTINGS, type GivenValues, type Setting, type SettingName } from './settings.js'

/** Values as if each came from its flag. */
function given(values: Partial<Record<SettingName, string | readonly string[]>>): GivenValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { values: typeof value === 'string' ? [value] : value, source: `--${name}` }]),
  )
}

function refusal(values: Partial<Record<SettingName, string | readonly string[]>>, hostName = 'machine'): WeftError {
  try {
    readConfig(given(values), hostName)
  } catch (thrown) {
    if (thrown instanceof WeftError) return thrown
    throw thrown
  }
  throw new Error('nothing was refused')
}

const ETCD = 'http://192.0.2.1:2379'

/** For each setting a good value with the member it ends in, and wrong values. A setting without a row fails the test below. */
const ROWS: Record<
  SettingName,
  { good?: string; member?: string; read?: unknown; wrong?: readonly string[]; besides?: Partial<Record<SettingName, string>> }
> = {
  etcd: {
    good: 'https://etcd.example:2379',
    member: 'etcd',
    read: ['https://etcd.example:2379'],
    wrong: [
      '',
      '192.0.2.1:2379',
      'etcd:2379',
      'ftp://192.0.2.1',
      'http://',
      'http://a:2379/v3',
      'http://root:secret@a:2379',
      'http://a:99999',
    ],
  },
  'etcd-prefix': { good: '/here/v1', member: 'etcdPrefix', wrong: ['', 'weft', '/', '/weft/', '/a//b', '/a b', '/ä'] },
  'etcd-ca': { good: '/etc/weft/ca.pem', member: 'etcdCa', wrong: ['ca.pem', ''] },
  'etcd-cert': { good: '/etc/weft/cert.pem', member: 'etcdCert', wrong: ['cert.pem'], besides: { 'etcd-key': '/etc/weft/key.pem' } },
  'etcd-key': { good: '/etc/weft/key.pem', member: 'etcdKey', wrong: ['./key.pem'], besides: { 'etcd-cert': '/etc/weft/cert.pem' } },
  'etcd-user': { good: 'weft', member: 'etcdUser', besides: { 'etcd-password-file': '/etc/weft/password' } },
  'etcd-password-file': { good: '/etc/weft/password', member: 'etcdPasswordFile', wrong: ['secret'] },
  host: { good: 'Node-7.rack2', member: 'host', read: 'node-7.rack2', wrong: ['', 'a b', '-a', 'a_b', 'a..b', 'x'.repeat(64)] },
  'underlay-address': { good: '192.0.2.7', member: 'underlayAddress', wrong: ['', 'eth0', '192.0.2', '192.0.2.7/24', '2001:db8::zz'] },
  'underlay-interface': { good: 'eth0', member: 'underlayInterface', wrong: ['', 'a b', 'averylonginterfacename', 'a/b'] },
  zone: { good: 'rack-2', member: 'zone', wrong: ['rack 2', ''] },
  'checks-dir': { good: '/srv/checks', member: 'checksDir', wrong: ['checks', ''] },
  'hooks-dir': { good: '/srv/hooks', member: 'hooksDir', wrong: ['hooks', ''] },
  'state-dir': { good: '/srv/weft', member: 'stateDir', wrong: ['weft', ''] },
  'run-dir': { good: '/run/weft-2', member: 'runDir', wrong: ['~/weft', ''] },
  'log-level': { good: 'debug', member: 'logLevel', wrong: ['loud', ''] },
  'gossip-port': { good: '7799', member: 'gossipPort', read: 7799, wrong: ['', '0', '65536', 'x', '-1', '7.5'] },
  'gossip-key-file': { good: '/etc/weft/gossip.keys', member: 'gossipKeyFile', wrong: ['keys'] },
  'metrics-listen': {
    good: '[2001:DB8::1]:9100',
    member: 'metricsListen',
    read: { address: '2001:db8::1', port: 9100 },
    wrong: ['', '9100', '127.0.0.1', 'localhost:9100', '2001:db8::1:9100', '[127.0.0.1]:9100', '127.0.0.1:0', '127.0.0.1:65536'],
  },
  'grace-period': { good: '48', member: 'gracePeriod', read: 48, wrong: ['', '0', '-1', '1.5', '1d', '100000'] },
  docker: {
    good: 'true',
    member: 'docker',
    read: { plugin: '/run/docker/plugins/weft.sock', api: '/run/docker.sock' },
    wrong: ['', 'maybe'],
  },
  'docker-plugin-socket': {
    good: '/run/d/weft.sock',
    member: 'docker',
    read: { plugin: '/run/d/weft.sock', api: '/run/docker.sock' },
    wrong: ['weft.sock'],
    besides: { docker: 'yes' },
  },
  'docker-api-socket': {
    good: '/run/d/docker.sock',
    member: 'docker',
    read: { plugin: '/run/docker/plugins/weft.sock', api: '/run/d/docker.sock' },
    wrong: ['tcp://h:2375'],
    besides: { docker: '1' },
  },
  'embedded-etcd': {},
}

describe('configuration', () => {
  it('needs nothing but etcd, and has defaults for the rest', () => {
    expect(readConfig(given({ etcd: ETCD }), 'Machine')).to.deep.equal({
      etcd: [ETCD],
      etcdPrefix: '/weft/v1',
      host: 'machine',
      stateDir: '/var/lib/weft',
      runDir: '/run/weft',
      logLevel: 'info',
      gossipPort: 7788,
      gracePeriod: 24,
      checksDir: '/etc/weft/checks.d',
      hooksDir: '/etc/weft/hooks.d',
    })
  })

  for (const setting of SETTINGS as readonly Setting[]) {
    const row = ROWS[setting.name as SettingName]
    if (setting.notBuilt) {
      it(`refuses ${setting.name}, which is planned`, () => {
        const error = refusal({ etcd: ETCD, [setting.name]: 'true' })
        expect([error.code, error.field, error.message]).to.deep.equal([
          'WEFT_NOT_BUILT',
          setting.name,
          `--${setting.name}: ${setting.name} is not built yet`,
        ])
        expect(error.hint).to.include('CHANGELOG.md')
      })
      continue
    }
    it(`reads ${setting.name}`, () => {
      const config = readConfig(given({ etcd: ETCD, ...row.besides, [setting.name]: row.good ?? '' }), 'machine')
      expect(config[row.member as keyof typeof config]).to.deep.equal(row.read ?? row.good)
    })
    for (const value of row.wrong ?? []) {
      it(`refuses ${setting.name} ${JSON.stringify(value)}`, () => {
        const error = refusal({ etcd: ETCD, ...row.besides, [setting.name]: value })
        expect(error.code).to.equal('WEFT_CONFIG_VALUE')
        expect(error.field).to.equal(setting.name)
        expect(error.message).to.match(new RegExp(`^--${setting.name}: ${setting.name}: `))
      })
    }
  }

  it('takes the last value where only one can be', () => {
    expect(readConfig(given({ etcd: ETCD, zone: ['a', 'b'] }), 'machine').zone).to.equal('b')
  })

  it('reads IPv6 underlay addresses as canonical text', () => {
    expect(
      readConfig(given({ etcd: 'http://[2001:db8::1]:2379', 'underlay-address': '2001:DB8:0::7' }), 'machine').underlayAddress,
    ).to.equal('2001:db8::7')
  })

  it('needs a store', () => {
    for (const values of [{}, { etcd: [] }]) {
      const error = refusal(values)
      expect([error.code, error.field]).to.deep.equal(['WEFT_NO_STORE', 'etcd'])
      expect(error.message).to.include('--etcd URL').and.to.include('--embedded-etcd')
    }
  })

  it('refuses settings that exclude or need each other', () => {
    expect(refusal({ etcd: ETCD, 'underlay-address': '192.0.2.7', 'underlay-interface': 'eth0' }).message).to.include('exclude each other')
    expect(refusal({ etcd: ETCD, 'etcd-cert': '/c' }).field).to.equal('etcd-key')
    expect(refusal({ etcd: ETCD, 'etcd-key': '/k' }).field).to.equal('etcd-cert')
    expect(refusal({ etcd: ETCD, 'etcd-user': 'weft' }).field).to.equal('etcd-password-file')
  })

  it('says what to do when the machine’s own name cannot be a host name', () => {
    const error = refusal({ etcd: ETCD }, 'my_machine')
    expect([error.code, error.field]).to.deep.equal(['WEFT_CONFIG_VALUE', 'host'])
    expect(error.message).to.include("'my_machine'")
    expect(error.hint).to.include('--host')
    expect(readConfig(given({ etcd: ETCD, host: 'h1' }), 'my_machine').host).to.equal('h1')
  })

  it('documents every setting in one sentence', () => {
    for (const { name, doc } of SETTINGS) expect(doc, name).to.match(/^[A-Z].*\.$/)
  })
})
