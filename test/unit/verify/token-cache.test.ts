import fc from 'fast-check'
import t from 'tap'
import { TokenCache, type Cacheable } from '../../../src/verify/token-cache.ts'

const END = 'the-same-16-chars'

/** Of a session of its own unless one is named. */
function entryOf (token: string, sessionId = token, issuedAt = 0): Cacheable {
  return { token, user: { sessionId, issuedAt } }
}

function numbered (count: number): string[] {
  return Array.from({ length: count }, (_, index) => `token-${String(index).padStart(16, '0')}`)
}

t.test('a token is found by all of it, as the very entry that was set', async (t) => {
  const cache = new TokenCache(10)
  const entry = entryOf(`head.body.${END}`)
  cache.set(entry)
  t.equal(cache.get(['head', 'body', END].join('.')), entry)
  for (const other of [`heap.body.${END}`, END, END.slice(-16), `xhead.body.${END}`, `head.body.${END.slice(1)}`, '', 'head']) t.equal(cache.get(other), undefined, other)
})

t.test('of two tokens that end alike neither is taken for the other', async (t) => {
  const cache = new TokenCache(10)
  const [one, two] = [entryOf(`one.${END}`), entryOf(`two.${END}`)]
  cache.set(one)
  t.equal(cache.get(two.token), undefined)
  cache.set(two)
  t.equal(cache.get(two.token), two)
  t.equal(cache.get(one.token), undefined, 'it has lost its place, which costs a signature check and nothing else')
})

t.test('as many as was said are all kept', async (t) => {
  const cache = new TokenCache(100)
  const tokens = numbered(100)
  for (const token of tokens) cache.set(entryOf(token))
  t.strictSame(tokens.filter((token) => cache.get(token)?.token !== token), [])
})

t.test('AV5: what is used is kept, what is not is forgotten, and there are never more than was said', async (t) => {
  const size = 10
  const cache = new TokenCache(size)
  const tokens = numbered(1000)
  const used = entryOf('in use, all the time')
  cache.set(used)
  for (const token of tokens) {
    cache.set(entryOf(token))
    t.equal(cache.get(used.token), used)
  }
  t.strictSame(tokens.filter((token) => cache.get(token) !== undefined), tokens.slice(1 - size), 'the others went in their order')
})

t.test('where all are in use, the one that was used longest ago goes', async (t) => {
  const size = 1000
  const cache = new TokenCache(size)
  const tokens = numbered(size)
  for (const token of tokens) cache.set(entryOf(token))
  const order = [...tokens.slice(300), ...tokens.slice(0, 300)]
  for (const token of numbered(size / 10)) cache.set(entryOf(`${token} another`))
  const left = order.filter((token) => cache.get(token) !== undefined)
  t.equal(left.length, size - size / 10)
  for (const token of numbered(size / 2)) cache.set(entryOf(`${token} one more`))
  t.strictSame(left.filter((token) => cache.get(token) !== undefined), left.slice(size / 2 - size / 10))
})

t.test('a token that its session has had replaced goes before all others, unless it is used again', async (t) => {
  const cache = new TokenCache(4)
  for (const entry of [entryOf('a'), entryOf('old', 's', 1), entryOf('b'), entryOf('new', 's', 2)]) cache.set(entry)
  cache.set(entryOf('c'))
  t.strictSame(presentIn(cache, ['a', 'old', 'b', 'new', 'c']), ['a', 'b', 'new', 'c'])
  const again = new TokenCache(4)
  for (const entry of [entryOf('a'), entryOf('old', 's', 1), entryOf('b'), entryOf('new', 's', 2)]) again.set(entry)
  t.ok(again.get('old'))
  again.set(entryOf('c'))
  t.strictSame(presentIn(again, ['a', 'old', 'b', 'new', 'c']), ['old', 'b', 'new', 'c'], 'two clients of one session')
})

t.test('an older token of a session replaces nothing', async (t) => {
  const cache = new TokenCache(3)
  for (const entry of [entryOf('new', 's', 2), entryOf('a'), entryOf('old', 's', 1), entryOf('b')]) cache.set(entry)
  t.strictSame(presentIn(cache, ['new', 'a', 'old', 'b']), ['a', 'old', 'b'], 'in the order of their use')
})

t.test('a token that was refused goes before all others, however often it is shown', async (t) => {
  const cache = new TokenCache(3)
  for (const token of ['a', 'b', 'refused']) cache.set(entryOf(token))
  t.ok(cache.get('refused'))
  cache.demote('refused')
  cache.demote('unknown')
  cache.set(entryOf('c'))
  t.strictSame(presentIn(cache, ['a', 'b', 'refused', 'c']), ['a', 'b', 'c'])
})

t.test('a cache of nothing keeps nothing', async (t) => {
  const cache = new TokenCache(0)
  cache.set(entryOf('a'))
  t.equal(cache.get('a'), undefined)
})

t.test('whatever is set and looked for, in whatever order: never another entry, never more than was said', async () => {
  // Many of them end alike.
  const tokens = fc.tuple(fc.stringMatching(/^[ab]{0,2}$/), fc.constantFrom(END, 'another-end-of-16', 'short')).map((parts) => parts.join(''))
  fc.assert(fc.property(fc.integer({ min: 0, max: 8 }), fc.array(fc.tuple(fc.boolean(), tokens), { maxLength: 200 }), (size, steps) => {
    const cache = new TokenCache(size)
    const seen = new Set<string>()
    for (const [remembers, token] of steps) {
      seen.add(token)
      if (remembers) cache.set(entryOf(token))
      else if ((cache.get(token)?.token ?? token) !== token) return false
    }
    return [...seen].filter((token) => cache.get(token) !== undefined).length <= size
  }))
})

function presentIn (cache: TokenCache<Cacheable>, tokens: readonly string[]): string[] {
  return tokens.filter((token) => cache.get(token) !== undefined)
}
