// The cost of input is linear in its length: the longest accepted, compared with a quarter of it.
import t from 'tap'
import { findJsonFault } from '../../../src/http/strict-json.ts'
import { assertLinear } from '../../support/growth.ts'
import { isInTime } from '../../support/patience.ts'
import { createAppWithRoutes } from './app-with-routes.ts'

const BODY_BYTES = 16 * 1024

/** Bodies that could make a scanner backtrack, by name; each takes a size. */
const BODIES: Readonly<Record<string, (size: number) => string>> = {
  'a string of escaped quotes that does not end': (size) => '"' + '\\"'.repeat((size - 1) / 2),
  'a string of escaped quotes': (size) => `"${'\\"'.repeat((size - 2) / 2)}"`,
  backslashes: (size) => '\\'.repeat(size),
  quotes: (size) => '"'.repeat(size),
  'a quote and white space, again and again': (size) => '" '.repeat(size / 2),
  'strings before white space': (size) => `["a"${' '.repeat(size - 5)}]`,
  brackets: (size) => '['.repeat(size),
  'lists in lists': (size) => '['.repeat(size / 2) + ']'.repeat(size / 2),
  'objects in objects': (size) => '{"a":'.repeat(size / 6) + '1' + '}'.repeat(size / 6),
  'objects that do not end': (size) => '{"a":'.repeat(size / 5),
  members: (size) => `{${Array.from({ length: size / 12 }, (_, index) => `"m${String(index).padStart(6, '0')}":1`).join()}}`,
  'members that are not known, with the longest names': (size) => {
    return `{${Array.from({ length: size / 110 }, (_, index) => `"${String(index).padStart(105, 'a')}":1`).join()}}`
  },
  'members of one letter': (size) => {
    return `{${Array.from({ length: size / 8 }, (_, index) => `"${String.fromCharCode(0x100 + index)}":1`).join()}}`
  },
  'members whose names are numbers': (size) => `{${Array.from({ length: size / 11 }, (_, index) => `"${1e6 + index}":1`).join()}}`,
  'the one member again and again': (size) => `{${Array(Math.floor(size / 8)).fill('"ab":1').join()}}`,
  '__proto__ again and again': (size) => `[${Array(Math.floor(size / 20)).fill('{"__proto_":1}').join()}]`,
  '__proto__ before white space': (size) => '"__proto__"  '.repeat(size / 13),
  digits: (size) => '1'.repeat(size),
  'white space': (size) => ' '.repeat(size),
  'empty strings': (size) => `[${Array(Math.floor(size / 3) - 1).fill('""').join()}]`,
  'a name of escapes': (size) => `{"${'\\u0061'.repeat((size - 6) / 6)}":1}`,
  'an e-mail of one letter': (size) => `{"email":"${'a'.repeat(size - 12)}"}`
}

t.test('the scan of a body is linear, also of malformed JSON', async (t) => {
  for (const [name, make] of Object.entries(BODIES)) {
    await assertLinear(t, name, { size: BODY_BYTES, input: make, work: (text) => findJsonFault(String(text)) })
  }
})

t.test('no body of 16 KB blocks the process', async (t) => {
  const { service } = await createAppWithRoutes(t)
  await service.ready()
  for (const [name, make] of Object.entries(BODIES)) {
    const payload = make(BODY_BYTES).slice(0, BODY_BYTES)
    let least = Infinity
    for (let turn = 0; turn < 5; turn++) {
      const before = process.cpuUsage()
      const { statusCode } = await service.inject({
        method: 'POST', url: '/auth/login', payload, headers: { 'content-type': 'application/json' }
      })
      const { user, system } = process.cpuUsage(before)
      least = Math.min(least, (user + system) / 1000)
      t.equal(statusCode, 400, name)
    }
    t.ok(isInTime(least, 20), `${name}: ${least} ms`)
  }
})
