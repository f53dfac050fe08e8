import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, type WeftError } from '#core'
import { holdPort } from './held-port.js'

const here = parseIp('127.0.0.1')

describe('a held port', () => {
  for (const protocol of ['tcp', 'udp'] as const) {
    it(`of ${protocol} is nobody else's until it is let go`, async () => {
      const held = await holdPort({ protocol, hostAddress: here }, [0, 0])
      expect(held.port).to.be.greaterThan(0)
      const refusal = await holdPort({ protocol }, [held.port, held.port]).catch((error: unknown) => error as WeftError)
      expect(refusal).to.include({ code: 'WEFT_PUBLISH' })
      expect((refusal as WeftError).message).to.equal(`0.0.0.0 port ${held.port}/${protocol} cannot be published: it is in use`)
      held.close()
      const again = await holdPort({ protocol, hostAddress: here }, [held.port, held.port])
      again.close()
    })
  }

  it('is the first free one of a range', async () => {
    const first = await holdPort({ protocol: 'tcp', hostAddress: here }, [0, 0])
    const next = await holdPort({ protocol: 'tcp', hostAddress: here }, [first.port, Math.min(first.port + 50, 65_535)])
    expect(next.port).to.be.greaterThan(first.port)
    first.close()
    next.close()
  })

  it('must be of an address that the host has', async () => {
    const refusal = await holdPort({ protocol: 'tcp', hostAddress: parseIp('203.0.113.9') }, [8080, 8080]).catch(
      (error: unknown) => error as WeftError,
    )
    expect((refusal as WeftError).message).to.include('this host does not have the address')
  })
})
