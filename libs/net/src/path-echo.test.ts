import { afterEach, describe, it } from 'mocha'
import { expect } from 'chai'
import raw from 'raw-socket'
import { parseIp, type Ip } from '#core'
import { RecordingLog } from '#core/testkit'
import type { ProbeMark } from '#gossip'
import { PathEcho } from './path-echo.js'
import { until } from './testkit/until.js'

const LOOPBACK = { 4: parseIp('127.0.0.1'), 6: parseIp('::1') }

/** One end, and what it heard. */
class Ear {
  readonly requests: [ProbeMark, Ip][] = []
  readonly answers: [ProbeMark, Ip][] = []
  readonly unsent: ProbeMark[] = []
  readonly log = new RecordingLog()
  readonly echo = new PathEcho(
    {
      arrived: (mark, source, isAnswer) => void (isAnswer ? this.answers : this.requests).push([mark, source]),
      unsent: (mark) => void this.unsent.push(mark),
    },
    this.log,
  )
}

describe('PathEcho', () => {
  const ears: Ear[] = []
  const ear = (): Ear => {
    const one = new Ear()
    ears.push(one)
    return one
  }
  afterEach(() => {
    for (const { echo } of ears.splice(0)) echo.close()
  })

  for (const family of [4, 6] as const) {
    it(`over IPv${family}: requests are heard by who listens, answers by the kernel come, small and large`, async () => {
      const [sender, receiver] = [ear(), ear()]
      sender.echo.listen(true)
      receiver.echo.listen(true)
      const marks = [64, 1500, 9000].map((size, slot) => {
        const mark = { bout: 0xfedcba98, byOpener: slot !== 1, slot, index: 63 - slot }
        sender.echo.send(LOOPBACK[family], size, mark)
        return mark
      })
      await until(() => receiver.requests.length === 3 && sender.answers.length === 3)
      const heard = marks.map((mark) => [mark, LOOPBACK[family]])
      expect(receiver.requests).to.deep.equal(heard)
      expect(sender.answers).to.deep.equal(heard)
      expect(sender.log.lines).to.deep.equal([])
    })
  }

  it('hears nothing while it does not listen', async () => {
    const [sender, deaf, listener] = [ear(), ear(), ear()]
    deaf.echo.listen(true)
    deaf.echo.listen(false)
    sender.echo.listen(true)
    listener.echo.listen(true)
    const mark = { bout: 1, byOpener: true, slot: 0, index: 0 }
    sender.echo.send(LOOPBACK[4], 64, mark)
    await until(() => listener.requests.length === 1 && sender.answers.length === 1)
    deaf.echo.listen(true)
    sender.echo.send(LOOPBACK[4], 64, { ...mark, index: 1 })
    await until(() => deaf.requests.length > 0)
    expect(deaf.requests.map(([{ index }]) => index)).to.deep.equal([1])
  })

  it('forbids to fragment, and sends exactly the size that is asked for', async () => {
    const seen: { length: number; flags: number }[] = []
    const tap = raw.createSocket({ protocol: raw.Protocol.ICMP, addressFamily: raw.AddressFamily.IPv4, bufferSize: 65_536 })
    try {
      tap.on('message', (packet) => {
        if (packet[20] === 8 && packet.includes('weftpath')) seen.push({ length: packet.length, flags: packet[6] ?? 0 })
      })
      ear().echo.send(LOOPBACK[4], 1337, { bout: 2, byOpener: false, slot: 0, index: 0 })
      await until(() => seen.length > 0)
    } finally {
      tap.close()
    }
    expect(seen).to.deep.equal([{ length: 1337, flags: 0x40 }])
  })

  it('tells what the kernel does not take', async () => {
    const sender = ear()
    const mark = { bout: 3, byOpener: true, slot: 1, index: 2 }
    // A broadcast address needs a socket option that this one does not have (EACCES).
    sender.echo.send(parseIp('255.255.255.255'), 64, mark)
    await until(() => sender.unsent.length > 0)
    expect(sender.unsent).to.deep.equal([mark])
  })
})
