// The steady state of the cache: full of tokens that will not be used again, because each token is soon replaced.
import t from 'tap'
import { TokenCache } from '../../../src/verify/token-cache.ts'

const SIZE = 10_000
const USES = 4
/** The first half is for warming up. */
const REQUESTS = 120_000
const UNAVOIDABLE = 1 / USES

interface Cache {
  /** Adds the token if it is missing. @returns whether it was there */
  visit (token: string, sessionId: string, issuedAt: number): boolean
}

interface Workload {
  clients: number
  order: 'in turn' | 'at random'
  /** How many other valid tokens, each used once, are verified for each request. */
  flood?: number
}

function ours (): Cache {
  const cache = new TokenCache(SIZE)
  return {
    visit (token, sessionId, issuedAt) {
      if (cache.get(token) !== undefined) return true
      cache.set({ token, user: { sessionId, issuedAt } })
      return false
    }
  }
}

/** Our cache, without session ids. */
function oursBlind (): Cache {
  const cache = ours()
  return { visit: (token, _sessionId, issuedAt) => cache.visit(token, token, issuedAt) }
}

/** Plain LRU. */
function lru (): Cache {
  const tokens = new Map<string, undefined>()
  // Whatever it has passed has been deleted, or been put to the end.
  const oldest = tokens.keys()
  return {
    visit (token) {
      const isThere = tokens.delete(token)
      if (!isThere && tokens.size >= SIZE) tokens.delete(oldest.next().value ?? '')
      tokens.set(token, undefined)
      return isThere
    }
  }
}

/** The share of cache misses in the second half. Every cache gets the same requests. */
function countMisses (cache: Cache, { clients, order, flood = 0 }: Workload): number {
  const random = createRandom()
  // Clients start at different uses of their tokens.
  const used = Array.from({ length: clients }, (_, client) => client % USES)
  let misses = 0
  let owed = 0
  let strangers = 0
  for (let request = 0; request < REQUESTS; request++) {
    const client = order === 'in turn' ? request % clients : Math.floor(random() * clients)
    const use = used[client]!++
    const isThere = cache.visit(createToken(`${client}`, Math.floor(use / USES)), `session ${client}`, Math.floor(use / USES))
    if (!isThere && request >= REQUESTS / 2) misses++
    for (owed += flood; owed >= 1; owed--) cache.visit(createToken('stranger', strangers), `stranger ${strangers++}`, 0)
  }
  return misses / (REQUESTS / 2)
}

function createToken (client: string, generation: number): string {
  return `${client}.${String(generation).padStart(10, '0')}.${client.padStart(8, '0')}`
}

/** A deterministic generator of random numbers (Lehmer). */
function createRandom (): () => number {
  let state = 20_261_129
  return () => (state = state * 48_271 % 2_147_483_647) / 2_147_483_647
}

for (const clients of [2_000, 5_000, 9_000]) {
  for (const order of ['in turn', 'at random'] as const) {
    t.test(`${clients} clients ${order}, each token used four times: hardly more misses than new tokens`, async (t) => {
      const misses = countMisses(ours(), { clients, order })
      t.ok(misses <= 1.05 * UNAVOIDABLE, `${misses}`)
    })

    t.test(`${clients} clients ${order}, without session ids: hardly more misses than plain LRU`, async (t) => {
      const [misses, least] = [countMisses(oursBlind(), { clients, order }), countMisses(lru(), { clients, order })]
      t.ok(misses <= 1.05 * least, `${misses}, LRU ${least}`)
    })
  }
}

for (const [clients, flood] of [[2_000, 1], [5_000, 0.2], [9_000, 0.1]] as const) {
  t.test(`a flood of ${flood} logins for each request of ${clients} clients evicts no more than plain LRU`, async (t) => {
    for (const order of ['in turn', 'at random'] as const) {
      const [misses, least] = [countMisses(ours(), { clients, order, flood }), countMisses(lru(), { clients, order, flood })]
      t.ok(misses <= 1.05 * least, `${order}: ${misses}, LRU ${least}`)
    }
  })
}
