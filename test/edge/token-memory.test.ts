import fc from 'fast-check'
import t from 'tap'
import { createTokenMemory } from '../../src/edge/token-memory.ts'

interface Entry {
  token: string
}

const END = 'the-same-16-chars'

t.test('a token is found by all of it, as the very entry that was remembered', async (t) => {
  const memory = createTokenMemory<Entry>(10)
  const entry = { token: `head.body.${END}` }
  memory.remember(entry)
  t.equal(memory.find(['head', 'body', END].join('.')), entry)
  for (const other of [`heap.body.${END}`, END, END.slice(-16), `xhead.body.${END}`, `head.body.${END.slice(1)}`, '', 'head']) t.equal(memory.find(other), undefined, other)
})

t.test('of two tokens that end alike neither is taken for the other', async (t) => {
  const memory = createTokenMemory<Entry>(10)
  const [one, two] = [{ token: `one.${END}` }, { token: `two.${END}` }]
  memory.remember(one)
  t.equal(memory.find(two.token), undefined)
  memory.remember(two)
  t.equal(memory.find(two.token), two)
  t.equal(memory.find(one.token), undefined, 'it has lost its place, which costs a signature check and nothing else')
})

t.test('what is used is kept, what is not is forgotten, and there are never more than was said', async (t) => {
  const size = 10
  const memory = createTokenMemory<Entry>(size)
  const tokens = Array.from({ length: 1000 }, (_, index) => `token-${String(index).padStart(16, '0')}`)
  const used = { token: 'in use, all the time' }
  memory.remember(used)
  for (const token of tokens) {
    memory.remember({ token })
    t.equal(memory.find(used.token), used)
  }
  const found = tokens.filter((token) => memory.find(token) !== undefined)
  t.ok(found.length <= size)
  t.ok(found.includes(tokens.at(-1) ?? ''))
})

t.test('memory of nothing remembers nothing', async (t) => {
  const memory = createTokenMemory<Entry>(0)
  memory.remember({ token: 'a' })
  t.equal(memory.find('a'), undefined)
})

t.test('whatever is remembered and looked for, in whatever order: never another entry, never more than was said', async () => {
  // Many of them end alike.
  const tokens = fc.tuple(fc.stringMatching(/^[ab]{0,2}$/), fc.constantFrom(END, 'another-end-of-16', 'short')).map((parts) => parts.join(''))
  fc.assert(fc.property(fc.integer({ min: 0, max: 8 }), fc.array(fc.tuple(fc.boolean(), tokens), { maxLength: 200 }), (size, steps) => {
    const memory = createTokenMemory<Entry>(size)
    const seen = new Set<string>()
    for (const [remembers, token] of steps) {
      seen.add(token)
      if (remembers) memory.remember({ token })
      else if ((memory.find(token)?.token ?? token) !== token) return false
    }
    // Looking makes room by forgetting others, so what is found now is at most what was held.
    return [...seen].filter((token) => memory.find(token) !== undefined).length <= size + 1
  }))
})
