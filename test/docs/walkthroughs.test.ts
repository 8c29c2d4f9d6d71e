// docs/walkthroughs.md leads through files that exist, and through what is in them.
import { readFileSync } from 'node:fs'
import t from 'tap'

const LIMITS: Readonly<Record<string, number>> = {
  'A bearer token to a handler': 10,
  'A refresh token to the database and back': 12,
  'DELETE /account/sessions to a remote edge': 16
}

const walkthroughs = readFileSync('docs/walkthroughs.md', 'utf8').split(/^## /m).slice(1)

t.test('there are three, and each is short', async (t) => {
  t.strictSame(walkthroughs.map((text) => text.split('\n', 1)[0]), Object.keys(LIMITS))
  for (const text of walkthroughs) {
    const steps = findSteps(text)
    t.ok(steps.length > 0 && steps.length <= (LIMITS[text.split('\n', 1)[0] ?? ''] ?? 0), `${steps.length} steps`)
    t.strictSame(steps.map(({ number }) => number), steps.map((_step, index) => index + 1))
    t.equal(new Set(steps.map(({ file }) => file)).size, steps.length, 'each file is named once')
  }
})

t.test('each step names a file, and what is in it', async (t) => {
  for (const { file, names } of walkthroughs.flatMap(findSteps)) {
    const source = readFileSync(file, 'utf8')
    t.ok(names.length > 0, file)
    for (const name of names) t.ok(new RegExp(`\\b${name}\\b`).test(source), `${file}: ${name}`)
  }
})

function findSteps (text: string): Array<{ number: number, file: string, names: string[] }> {
  return [...text.matchAll(/^(\d+)\. `(src\/[\w./-]+\.ts)`: (.*)$/gm)].map(([, number, file = '', sentence = '']) =>
    ({ number: Number(number), file, names: [...sentence.matchAll(/`(?:request\.)?(\w+)`/g)].map(([, name = '']) => name) }))
}
