import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { CniError } from './cni-error.js'
import { parseCall, type CniEnvironment } from './command.js'

const ADD: CniEnvironment = { command: 'ADD', containerId: 'c0ffee', netns: '/run/netns/c0ffee', ifname: 'eth0' }

function refusal(environment: CniEnvironment): CniError {
  try {
    parseCall(environment)
  } catch (thrown) {
    if (thrown instanceof CniError) return thrown
    throw thrown
  }
  throw new Error('was accepted')
}

describe('parseCall', () => {
  it('reads ADD and CHECK', () => {
    for (const command of ['ADD', 'CHECK']) {
      expect(parseCall({ ...ADD, command })).to.deep.equal({
        command,
        containerId: 'c0ffee',
        netns: '/run/netns/c0ffee',
        ifname: 'eth0',
        args: {},
      })
    }
  })

  it('takes DEL without a namespace: it may have gone', () => {
    for (const netns of ['', undefined]) {
      const call = parseCall({ command: 'DEL', containerId: 'c0ffee', ifname: 'eth0', ...(netns === undefined ? {} : { netns }) })
      expect(call).to.deep.equal({ command: 'DEL', containerId: 'c0ffee', ifname: 'eth0', netns: undefined })
    }
  })

  it('needs no container for GC, STATUS and VERSION', () => {
    for (const command of ['GC', 'STATUS', 'VERSION']) expect(parseCall({ command })).to.deep.equal({ command })
  })

  it('reads what Kubernetes and podman put into CNI_ARGS', () => {
    const args = 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0;IP=10.61.3.9;MAC=02:00:00:00:00:09'
    expect(parseCall({ ...ADD, args })).to.deep.include({ args: { ip: '10.61.3.9', mac: '02:00:00:00:00:09', podName: 'web-0' } })
  })

  const wrong: readonly (readonly [name: string, environment: CniEnvironment, says: string])[] = [
    ['no command', {}, 'CNI_COMMAND is not set'],
    ['an unknown command', { ...ADD, command: 'add' }, "CNI_COMMAND is 'add'"],
    ['no container', { ...ADD, containerId: '' }, 'CNI_CONTAINERID is not set'],
    ['a container id that is a path', { ...ADD, containerId: '../x' }, "CNI_CONTAINERID is '../x'"],
    ['no interface', { ...ADD, ifname: '' }, 'CNI_IFNAME is not set'],
    ['an interface name of 16 characters', { ...ADD, ifname: 'abcdefghijklmnop' }, "CNI_IFNAME is 'abcdefghijklmnop'"],
    ['lo', { ...ADD, ifname: 'lo' }, "CNI_IFNAME is 'lo'"],
    ['ADD without a namespace', { ...ADD, netns: '' }, 'CNI_NETNS is not set'],
    ['a relative namespace', { ...ADD, netns: 'netns/x' }, "CNI_NETNS is 'netns/x'"],
    ['a misspelt argument', { ...ADD, args: 'IPP=10.61.3.9' }, 'CNI_ARGS has the unknown key IPP'],
    ['an argument without a value', { ...ADD, args: 'IP' }, "CNI_ARGS has 'IP'"],
  ]
  for (const [name, environment, says] of wrong) {
    it(`refuses ${name}`, () => {
      const { code, message } = refusal(environment)
      expect([code, message]).to.deep.equal([4, says])
    })
  }

  it('answers any environment with a call or an error of the specification', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 300 }), { nil: undefined })
    const record = { command: fc.constantFrom('ADD', 'DEL', 'CHECK', 'GC', ''), containerId: text, netns: text, ifname: text, args: text }
    fc.assert(
      fc.property(fc.record(record), (environment) => {
        try {
          parseCall(environment as CniEnvironment)
        } catch (thrown) {
          expect(thrown).to.be.instanceOf(CniError)
        }
      }),
    )
  })
})
