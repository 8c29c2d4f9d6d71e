import fc from 'fast-check'
import t from 'tap'
import { TokenCache, type Cacheable } from '../../../src/verify/token-cache.ts'

const END = 'the-same-16-chars'

/** With a session of its own by default. */
function createEntry (token: string, sessionId = token, issuedAt = 0): Cacheable {
  return { token, user: { sessionId, issuedAt } }
}

function numbered (count: number): string[] {
  return Array.from({ length: count }, (_, index) => `token-${String(index).padStart(16, '0')}`)
}

t.test('an entry is found by the whole token only', async (t) => {
  const cache = new TokenCache(10)
  const entry = createEntry(`head.body.${END}`)
  cache.set(entry)
  t.equal(cache.get(['head', 'body', END].join('.')), entry)
  for (const other of [
    `heap.body.${END}`, END, END.slice(-16), `xhead.body.${END}`, `head.body.${END.slice(1)}`, '', 'head'
  ]) t.equal(cache.get(other), undefined, other)
})

t.test('two tokens with the same end are not mistaken for each other', async (t) => {
  const cache = new TokenCache(10)
  const [one, two] = [createEntry(`one.${END}`), createEntry(`two.${END}`)]
  cache.set(one)
  t.equal(cache.get(two.token), undefined)
  cache.set(two)
  t.equal(cache.get(two.token), two)
  t.equal(cache.get(one.token), undefined, 'it was evicted, which costs only a signature check')
})

t.test('as many entries as the capacity are all kept', async (t) => {
  const cache = new TokenCache(100)
  const tokens = numbered(100)
  for (const token of tokens) cache.set(createEntry(token))
  t.strictSame(tokens.filter((token) => cache.get(token)?.token !== token), [])
})

t.test('AV5: used entries are kept, others are evicted, and the capacity is never exceeded', async (t) => {
  const size = 10
  const cache = new TokenCache(size)
  const tokens = numbered(1000)
  const used = createEntry('in use, all the time')
  cache.set(used)
  const evictedAfter = tokens.filter((token) => {
    cache.set(createEntry(token))
    return cache.get(used.token) !== used
  })
  t.strictSame(evictedAfter, [])
  t.strictSame(tokens.filter((token) => cache.get(token) !== undefined), tokens.slice(1 - size), 'the others went in their order')
})

t.test('the least recently used entry is evicted', async (t) => {
  const size = 1000
  const cache = new TokenCache(size)
  const tokens = numbered(size)
  for (const token of tokens) cache.set(createEntry(token))
  const order = [...tokens.slice(300), ...tokens.slice(0, 300)]
  for (const token of numbered(size / 10)) cache.set(createEntry(`${token} another`))
  const left = order.filter((token) => cache.get(token) !== undefined)
  t.equal(left.length, size - size / 10)
  for (const token of numbered(size / 2)) cache.set(createEntry(`${token} one more`))
  t.strictSame(left.filter((token) => cache.get(token) !== undefined), left.slice(size / 2 - size / 10))
})

t.test('a superseded token is evicted first, unless it is used again', async (t) => {
  const cache = new TokenCache(4)
  for (const entry of [createEntry('a'), createEntry('old', 's', 1), createEntry('b'), createEntry('new', 's', 2)]) cache.set(entry)
  cache.set(createEntry('c'))
  t.strictSame(presentIn(cache, ['a', 'old', 'b', 'new', 'c']), ['a', 'b', 'new', 'c'])
  const again = new TokenCache(4)
  for (const entry of [createEntry('a'), createEntry('old', 's', 1), createEntry('b'), createEntry('new', 's', 2)]) again.set(entry)
  t.ok(again.get('old'))
  again.set(createEntry('c'))
  t.strictSame(presentIn(again, ['a', 'old', 'b', 'new', 'c']), ['old', 'b', 'new', 'c'], 'two clients of one session')
})

t.test('an older token of a session supersedes nothing', async (t) => {
  const cache = new TokenCache(3)
  for (const entry of [createEntry('new', 's', 2), createEntry('a'), createEntry('old', 's', 1), createEntry('b')]) cache.set(entry)
  t.strictSame(presentIn(cache, ['new', 'a', 'old', 'b']), ['a', 'old', 'b'], 'in the order of their use')
})

t.test('a rejected token is evicted first, however often it is sent', async (t) => {
  const cache = new TokenCache(3)
  for (const token of ['a', 'b', 'rejected']) cache.set(createEntry(token))
  t.ok(cache.get('rejected'))
  cache.demote('rejected')
  cache.demote('unknown')
  cache.set(createEntry('c'))
  t.strictSame(presentIn(cache, ['a', 'b', 'rejected', 'c']), ['a', 'b', 'c'])
})

t.test('a cache of capacity 0 keeps nothing', async (t) => {
  const cache = new TokenCache(0)
  cache.set(createEntry('a'))
  t.equal(cache.get('a'), undefined)
})

t.test('random operations never return another entry, and never exceed the capacity', async () => {
  // Many of them have the same end.
  const tokens = fc.tuple(
    fc.stringMatching(/^[ab]{0,2}$/), fc.constantFrom(END, 'another-end-of-16', 'short')
  ).map((parts) => parts.join(''))
  fc.assert(fc.property(fc.integer({ min: 0, max: 8 }), fc.array(fc.tuple(fc.boolean(), tokens), { maxLength: 200 }), (size, steps) => {
    const cache = new TokenCache(size)
    const seen = new Set<string>()
    for (const [remembers, token] of steps) {
      seen.add(token)
      if (remembers) cache.set(createEntry(token))
      else if ((cache.get(token)?.token ?? token) !== token) return false
    }
    return [...seen].filter((token) => cache.get(token) !== undefined).length <= size
  }))
})

function presentIn (cache: TokenCache<Cacheable>, tokens: readonly string[]): string[] {
  return tokens.filter((token) => cache.get(token) !== undefined)
}
