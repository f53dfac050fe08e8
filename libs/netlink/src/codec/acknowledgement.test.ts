import { expect } from 'chai'
import { describe, it } from 'mocha'
import { acknowledge, done, refuse, type Reply, type ScriptedRequest } from '../testkit/scripted-kernel.js'
import { decodeAcknowledgement, type Acknowledgement } from './acknowledgement.js'
import { eachMessage } from './messages.js'

const REQUEST: ScriptedRequest = { type: 16, flags: 5, sequence: 3, payload: new Uint8Array(24) }

function decoded(reply: Reply): Acknowledgement | undefined {
  let result: Acknowledgement | undefined
  if (reply.do === 'answer') eachMessage(reply.bytes, (message) => (result = decodeAcknowledgement(message)))
  return result
}

describe('acknowledgements', () => {
  it('tell success and refusal, with the kernel’s sentence', () => {
    expect(decoded(acknowledge(REQUEST))).to.deep.equal({ errno: 0, text: undefined })
    expect(decoded(refuse(REQUEST, 17))).to.deep.equal({ errno: 17, text: undefined })
    expect(decoded(refuse(REQUEST, 22, 'Invalid gateway'))).to.deep.equal({ errno: 22, text: 'Invalid gateway' })
    expect(decoded(done(REQUEST, { errno: 95 }))).to.deep.equal({ errno: 95, text: undefined })
  })

  it('are understood when the request is repeated in them, as without NETLINK_CAP_ACK', () => {
    const reply = refuse(REQUEST, 22, 'Invalid gateway')
    if (reply.do !== 'answer') throw new Error('no answer')
    // Put the request's payload between its header and the sentence, and take the flag away.
    const bytes = Buffer.concat([reply.bytes.subarray(0, 36), REQUEST.payload, reply.bytes.subarray(36)])
    bytes.writeUInt32LE(bytes.length, 0)
    bytes.writeUInt16LE(0x200, 6)
    expect(decoded({ do: 'answer', bytes })).to.deep.equal({ errno: 22, text: 'Invalid gateway' })
  })
})
