import fc from 'fast-check'
import t from 'tap'
import { createTokenMemory, type Rememberable } from '../../src/edge/token-memory.ts'

const END = 'the-same-16-chars'

function entryOf (token: string): Rememberable {
  return { token, wasUsed: false }
}

function numbered (count: number): string[] {
  return Array.from({ length: count }, (_, index) => `token-${String(index).padStart(16, '0')}`)
}

t.test('a token is found by all of it, as the very entry that was remembered', async (t) => {
  const memory = createTokenMemory(10)
  const entry = entryOf(`head.body.${END}`)
  memory.remember(entry)
  t.equal(memory.find(['head', 'body', END].join('.')), entry)
  for (const other of [`heap.body.${END}`, END, END.slice(-16), `xhead.body.${END}`, `head.body.${END.slice(1)}`, '', 'head']) t.equal(memory.find(other), undefined, other)
})

t.test('of two tokens that end alike neither is taken for the other', async (t) => {
  const memory = createTokenMemory(10)
  const [one, two] = [entryOf(`one.${END}`), entryOf(`two.${END}`)]
  memory.remember(one)
  t.equal(memory.find(two.token), undefined)
  memory.remember(two)
  t.equal(memory.find(two.token), two)
  t.equal(memory.find(one.token), undefined, 'it has lost its place, which costs a signature check and nothing else')
})

t.test('as many as was said are all remembered', async (t) => {
  const memory = createTokenMemory(100)
  const tokens = numbered(100)
  for (const token of tokens) memory.remember(entryOf(token))
  t.strictSame(tokens.filter((token) => memory.find(token)?.token !== token), [])
})

t.test('what is used is kept, what is not is forgotten, and there are never more than was said', async (t) => {
  const size = 10
  const memory = createTokenMemory(size)
  const tokens = numbered(1000)
  const used = entryOf('in use, all the time')
  memory.remember(used)
  for (const token of tokens) {
    memory.remember(entryOf(token))
    t.equal(memory.find(used.token), used)
  }
  t.strictSame(tokens.filter((token) => memory.find(token) !== undefined), tokens.slice(1 - size), 'the others went in their order')
})

t.test('where all are in use one of them goes, and soon', async (t) => {
  const size = 1000
  const memory = createTokenMemory(size)
  const tokens = numbered(size)
  for (const token of tokens) memory.remember(entryOf(token))
  t.ok(tokens.every((token) => memory.find(token)))
  memory.remember(entryOf('one more'))
  t.ok(memory.find('one more'))
  t.equal(tokens.filter((token) => memory.find(token) === undefined).length, 1)
  t.equal(tokens.findIndex((token) => memory.find(token) === undefined), 15, 'no more than sixteen were looked at')
})

t.test('memory of nothing remembers nothing', async (t) => {
  const memory = createTokenMemory(0)
  memory.remember(entryOf('a'))
  t.equal(memory.find('a'), undefined)
})

t.test('whatever is remembered and looked for, in whatever order: never another entry, never more than was said', async () => {
  // Many of them end alike.
  const tokens = fc.tuple(fc.stringMatching(/^[ab]{0,2}$/), fc.constantFrom(END, 'another-end-of-16', 'short')).map((parts) => parts.join(''))
  fc.assert(fc.property(fc.integer({ min: 0, max: 8 }), fc.array(fc.tuple(fc.boolean(), tokens), { maxLength: 200 }), (size, steps) => {
    const memory = createTokenMemory(size)
    const seen = new Set<string>()
    for (const [remembers, token] of steps) {
      seen.add(token)
      if (remembers) memory.remember(entryOf(token))
      else if ((memory.find(token)?.token ?? token) !== token) return false
    }
    return [...seen].filter((token) => memory.find(token) !== undefined).length <= size
  }))
})
