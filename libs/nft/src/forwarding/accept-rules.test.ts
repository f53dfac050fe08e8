import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parsePrefix } from '#core'
import { desiredFirewall } from '#plan'
import { aCluster, BLUE } from '#plan/testkit'
import { acceptanceChange, acceptRules, readFilterTable, removal, translatesArrivals } from './accept-rules.js'

const cluster = aCluster(2)
const FIREWALL = desiredFirewall(cluster.view, cluster.local(1))
const RULES = acceptRules(FIREWALL, 4)
const JUMP = '-m comment --comment "weft: traffic of the overlay networks" -j WEFT-FORWARD'

const saved = (...lines: readonly string[]): string => ['*filter', ':INPUT ACCEPT [0:0]', ...lines, 'COMMIT', ''].join('\n')
const DOCKER = [':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]', ':DOCKER-USER - [0:0]']

describe('translation in iptables', () => {
  it('may lead to endpoints, unless it is Docker’s jump alone', () => {
    const docker = '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n'
    expect(translatesArrivals(`${docker}COMMIT\n`)).to.equal(false)
    expect(
      translatesArrivals(`${docker}-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES\nCOMMIT\n`),
    ).to.equal(true)
  })
})

describe('acceptance in iptables', () => {
  it('accepts what moves within a network, what leaves it and the answers, and passes on what wants into Docker’s bridges', () => {
    expect(RULES).to.deep.equal([
      '-A WEFT-FORWARD -i weft-blue -o wbr-blue -j ACCEPT',
      '-A WEFT-FORWARD -i wbr-blue -o weft-blue -j ACCEPT',
      '-A WEFT-FORWARD -i wbr-blue -o wbr-blue -j ACCEPT',
      '-A WEFT-FORWARD -i wbr-blue -o docker0 -j RETURN',
      '-A WEFT-FORWARD -i wbr-blue -o docker_gwbridge -j RETURN',
      '-A WEFT-FORWARD -i wbr-blue -o br-+ -j RETURN',
      '-A WEFT-FORWARD -i wbr-blue -j ACCEPT',
      '-A WEFT-FORWARD -o wbr-blue -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT',
    ])
  })

  it('accepts in the filter of a family what the networks of that family move', () => {
    expect(acceptRules(FIREWALL, 6)).to.deep.equal([])
    const six = aCluster(2, { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64 })
    const firewall = desiredFirewall(six.view, six.local(1))
    expect([acceptRules(firewall, 4), acceptRules(firewall, 6)]).to.deep.equal([[], RULES])
  })

  it('jumps from DOCKER-USER where there is one, and for its absence from the end of FORWARD', () => {
    const table = readFilterTable(saved(...DOCKER, '-A FORWARD -j DOCKER-USER', '-A DOCKER-USER -j RETURN'))
    expect(acceptanceChange(table, RULES)).to.equal(
      `*filter\n:WEFT-FORWARD - [0:0]\n-I DOCKER-USER ${JUMP}\n-A FORWARD ${JUMP}\n${RULES.join('\n')}\nCOMMIT\n`,
    )
  })

  it('jumps from FORWARD elsewhere, and from both when Docker comes', () => {
    const alone = saved(':FORWARD DROP [0:0]')
    expect(acceptanceChange(readFilterTable(alone), RULES)).to.include(`-I FORWARD ${JUMP}\n`)
    const later = saved(...DOCKER, ':WEFT-FORWARD - [0:0]', `-A FORWARD ${JUMP}`, '-A FORWARD -j DOCKER-USER', ...RULES)
    const change = acceptanceChange(readFilterTable(later), RULES)
    expect(change).to.include(`-I DOCKER-USER ${JUMP}\n${RULES[0]}\n`)
  })

  it('changes nothing when all is there, and removes a second jump', () => {
    const lines = [...DOCKER, ':WEFT-FORWARD - [0:0]', `-A DOCKER-USER ${JUMP}`, `-A FORWARD ${JUMP}`, ...RULES]
    expect(acceptanceChange(readFilterTable(saved(...lines)), RULES)).to.equal(undefined)
    const twice = saved(...lines, `-A DOCKER-USER ${JUMP}`)
    expect(acceptanceChange(readFilterTable(twice), RULES)).to.include(`-D DOCKER-USER ${JUMP}\n`)
  })

  it('leaves a table alone that drops nothing, and takes its chain out again', () => {
    expect(acceptanceChange(readFilterTable(saved(':FORWARD ACCEPT [0:0]')), RULES)).to.equal(undefined)
    const harmless = saved(':FORWARD ACCEPT [0:0]', ':WEFT-FORWARD - [0:0]', `-A FORWARD ${JUMP}`, ...RULES)
    expect(acceptanceChange(readFilterTable(harmless), RULES)).to.equal(
      `*filter\n:WEFT-FORWARD - [0:0]\n-D FORWARD ${JUMP}\n-X WEFT-FORWARD\nCOMMIT\n`,
    )
    expect(acceptanceChange(readFilterTable(saved(':FORWARD ACCEPT [0:0]', '-A FORWARD -j REJECT')), RULES)).to.include('-I FORWARD')
  })

  it('removes nothing where nothing is', () => {
    expect(removal(readFilterTable(saved(':FORWARD DROP [0:0]')))).to.equal(undefined)
    expect(acceptanceChange(readFilterTable(saved(':FORWARD DROP [0:0]')), [])).to.equal(undefined)
  })
})
