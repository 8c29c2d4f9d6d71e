import fc from 'fast-check'
import t from 'tap'
import { findSyntaxFault } from '../../../src/http/json-syntax.ts'

t.test('a text has a fault exactly where JSON.parse fails', async (t) => {
  const indented = fc.jsonValue().map((value) => JSON.stringify(value, null, 1))
  const garbage = fc.string({ unit: fc.constantFrom(...'{}[],:"\\ue019-+.tn \n\t\'a/\0') })
  fc.assert(fc.property(indented, garbage, fc.nat(), fc.nat(8), (text, inserted, at, length) => {
    const position = at % (text.length + 1)
    for (const tried of [text, inserted, text.slice(0, position) + inserted + text.slice(position + length)]) {
      if ((findSyntaxFault(tried) === undefined) !== isJson(tried)) throw new Error(JSON.stringify(tried))
    }
  }), { numRuns: 2_000 })
  t.pass()
})

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
