import { describe, it } from 'mocha'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { readConfig, SETTINGS } from './settings.js'
import { parseYaml } from './sources.js'

/** The example that operators start from: deploy/weftd.yaml. */
const TEXT = readFileSync(new URL('../../../../deploy/weftd.yaml', import.meta.url), 'utf8')

describe('example of a configuration file', () => {
  it('is good as it is', () => {
    expect(readConfig(parseYaml('weftd.yaml', TEXT), 'machine')).to.deep.include({ etcd: ['http://192.0.2.10:2379'], host: 'machine' })
  })

  it('has every setting, known and in the order of the documentation', () => {
    const all = TEXT.replace(/^#(?=[a-z-]+: |  - )/gm, '')
    const names = Object.keys(parseYaml('weftd.yaml', all))
    expect(names).to.deep.equal(SETTINGS.map(({ name }) => name))
  })

  it('has values that are good, of all settings that are built', () => {
    const built: readonly string[] = SETTINGS.filter((setting) => !('notBuilt' in setting)).map(({ name }) => name)
    for (const [, name = '', value] of TEXT.matchAll(/^#([a-z-]+): (.+)$/gm)) {
      if (!built.includes(name)) continue
      // Some go together.
      const besides = { 'etcd-cert': 'etcd-key: /k', 'etcd-key': 'etcd-cert: /c', 'etcd-user': 'etcd-password-file: /p' }[name] ?? ''
      const text = `etcd: http://a:2379\n${name}: ${value}\n${besides}\n`
      expect(readConfig(parseYaml('weftd.yaml', text), 'machine').host, text).to.be.a('string')
    }
  })
})
