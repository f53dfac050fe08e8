import { describe, it } from 'mocha'
import { expect } from 'chai'
import { Awareness } from './awareness.js'

describe('Awareness', () => {
  it('stays between 0 and 7 and stretches times by score + 1', () => {
    const awareness = new Awareness()
    awareness.add(-1)
    expect(awareness.scale(100)).to.equal(100)
    awareness.add(3)
    expect(awareness.scale(100)).to.equal(400)
    expect(awareness.scale(100, 2)).to.equal(200)
    awareness.add(50)
    expect(awareness.score).to.equal(7)
    awareness.add(-2)
    expect(awareness.score).to.equal(5)
  })

  it('recovers while nothing speaks against it', () => {
    const awareness = new Awareness()
    awareness.add(2)
    awareness.wellForAWhile()
    expect(awareness.score, 'something did').to.equal(2)
    awareness.wellForAWhile()
    awareness.wellForAWhile()
    awareness.wellForAWhile()
    expect(awareness.score).to.equal(0)
  })
})
