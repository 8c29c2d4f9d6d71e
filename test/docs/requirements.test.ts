// Every requirement has a test that carries its id in its name, or its row says why not.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const DECISION = /^(Not met|Partly met|Decided otherwise|Does not apply): .{20,}/
const ID = /(?:TF|VF|RS|PW|AB|ER|HC|KY|AZ|LG|AV|OA|MF|F)\d+/.source
// "AB14: a sentence" or "AB14, F5: a sentence", as a test's name
const NAMED = new RegExp(`\\b(?:test|eachDatabase|on[A-Z]\\w+)\\(\\s*(?:t, )?['"\`](${ID}(?:, ${ID})*): `, 'g')

const document = readFileSync('docs/requirements.md', 'utf8')
const rows = [...document.matchAll(new RegExp(`^\\| (${ID}) \\| (.+) \\|$`, 'gm'))]
  .map(([, id = '', cells = '']) => ({ id, how: cells.split(' | ').at(-1) ?? '' }))
const tests = findTests()

t.test('rows are numbered without gaps, in every family', async (t) => {
  const families = new Map<string, string[]>()
  for (const { id } of rows) {
    const family = id.replace(/\d+/, '')
    families.set(family, [...families.get(family) ?? [], id])
  }
  t.equal(families.size, 14)
  for (const [family, ids] of families) t.strictSame(ids, ids.map((_id, index) => `${family}${index + 1}`))
})

t.test('every requirement has a test, or says why not', async (t) => {
  t.ok(rows.length > 200, `${rows.length} requirements`)
  t.strictSame(rows.filter(({ id, how }) => !tests.has(id) && !DECISION.test(how)), [])
})

t.test('every id in a name of a test is that of a requirement', async (t) => {
  t.ok(tests.size > 150, `${tests.size} requirements have tests`)
  t.strictSame([...tests].filter(([id]) => !rows.some((row) => row.id === id)), [])
})

/** Ids of requirements, with the files that have a test of that id. */
function findTests (): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const file of readdirSync('test', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.test.ts')) continue
    for (const [, ids = ''] of readFileSync(join('test', file), 'utf8').matchAll(NAMED)) {
      for (const id of ids.split(', ')) found.set(id, [...found.get(id) ?? [], file])
    }
  }
  return found
}
