import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import * as locks from '../../../src/database/advisory-locks.ts'

const SOURCE = new URL('../../../src/', import.meta.url)

t.test('no two advisory locks are the same number', async (t) => {
  const numbers: number[] = Object.values(locks)
  t.ok(numbers.length > 4)
  t.strictSame(numbers.filter((number, index) => numbers.indexOf(number) !== index), [])
  t.ok(numbers.every(Number.isSafeInteger))
})

t.test('every advisory lock in the source is one of these, by its name', async (t) => {
  const used = new Set<string>()
  for (const file of await readdir(SOURCE, { recursive: true })) {
    if (!file.endsWith('.ts') || file === 'database/advisory-locks.ts') continue
    const text = await readFile(new URL(file, SOURCE), 'utf8')
    // Batches get their lock as an option, typed as one of these.
    const keys = file === 'database/database.ts' ? [] : text.matchAll(/(?:advisory_\w*lock\w*\s*\(\$\{|leaderLock: )([^)},]*)/g)
    for (const [, name = ''] of keys) {
      t.ok(name in locks, `${file}: ${name}`)
      used.add(name)
    }
    t.notMatch(text, /7_?283_?640/, `${file} has no number of its own`)
  }
  t.strictSame(Object.keys(locks).filter((name) => !used.has(name)), [], 'none is there for nothing')
})
