import { after, afterEach, before, describe } from 'mocha'
import { Lab, type LabContainer, type LabOptions } from '#lab'
import { saveEvidence } from '../lab/evidence.js'

export interface Setting extends LabOptions {
  /** Start the agents; true unless given. */
  readonly agents?: boolean
  /** A network to begin with; needs the agents. Its hosts’ subnets are adopted when they die unless it says otherwise. */
  readonly network?: {
    readonly name: string
    readonly pool: string | readonly string[]
    readonly failover?: 'hold' | 'exclusive'
    readonly mode?: 'l2'
  }
  /** Containers `c1`, `c2`, … of every host, attached to the network; none unless given. */
  readonly containers?: number
}

/** What the steps of a story work with. */
export interface Stage {
  readonly lab: Lab
  /** By labels such as `h1/c1`. */
  container(label: string): LabContainer
  /** Overlay address of a container that was attached. */
  address(label: string): string
  /** Makes a container and attaches it; returns its overlay address. */
  addContainer(label: string, network: string, more?: readonly string[]): Promise<string>
}

/**
 * A scenario that is told in steps (the `it`s), each of which builds on those before: after a failed step the rest is left out. The lab
 * is up before the first step and gone after the last; when something fails, evidence is saved and its place printed.
 */
export function story(title: string, setting: Setting, tell: (stage: Stage) => void): void {
  describe(title, function () {
    this.bail(true)
    let lab: Lab | undefined
    const addresses = new Map<string, string>()
    const stage: Stage = {
      get lab() {
        if (!lab) throw new Error('the lab is not up yet')
        return lab
      },
      container(label) {
        return this.lab.place(label) as LabContainer
      },
      address(label) {
        const address = addresses.get(label)
        if (address === undefined) throw new Error(`${label} is not attached`)
        return address
      },
      async addContainer(label, network, more = []) {
        const [host = '', name = ''] = label.split('/')
        const endpoint = await (await this.lab.host(host).addContainer(name)).attach(network, more)
        addresses.set(label, endpoint.address)
        return endpoint.address
      },
    }
    const tellEvidence = async (failure: unknown): Promise<void> => {
      if (lab) console.log(`evidence: ${await saveEvidence(lab, title, failure)}`)
    }

    before(async () => {
      lab = await Lab.up(setting)
      try {
        await prepare(stage, setting)
      } catch (thrown) {
        await tellEvidence(thrown)
        throw thrown
      }
    })
    afterEach(async function () {
      if (this.currentTest?.isFailed()) await tellEvidence(this.currentTest.err)
    })
    after(() => lab?.down())
    tell(stage)
  })
}

async function prepare(stage: Stage, setting: Setting): Promise<void> {
  if (setting.agents === false) return
  const { lab } = stage
  await lab.startAgents()
  if (!setting.network) return
  const { name, pool, failover = 'adopt', mode = 'l3' } = setting.network
  const pools = [pool].flat().flatMap((each) => ['--pool', each])
  await lab.host('h1').weft(['network', 'create', name, ...pools, '--failover', failover, '--mode', mode])
  await lab.networkReady(name)
  for (const host of lab.hosts.keys()) {
    for (let number = 1; number <= (setting.containers ?? 0); number++) await stage.addContainer(`${host}/c${number}`, name)
  }
}
