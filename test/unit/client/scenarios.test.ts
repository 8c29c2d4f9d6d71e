// Random scenarios of network, tabs and machine: no user is ever logged out.
import fc from 'fast-check'
import t from 'tap'
import { createBrowser, type Browser, type Tab, type NetworkConditions } from './fake-browser.ts'

t.setTimeout(600_000)

type Action =
  | { kind: 'fetch' | 'reload' | 'close', tab: number }
  | { kind: 'open' | 'online' }
  | { kind: 'trouble', status: number }
  | { kind: 'sleep', seconds: number, monotonicStops: boolean }

interface Scenario {
  delivery: 'cookie' | 'body'
  hasLocks: boolean
  hasChannel: boolean
  seed: number
  /** The share of requests that fail. */
  loss: number
  steps: Array<{ waitMs: number, action: Action }>
}

const TABS = 4

const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('fetch', 'reload', 'reload', 'close'), tab: fc.nat(TABS - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('open', 'online') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trouble'), status: fc.constantFrom(429, 500, 503, 401, 200) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('sleep'), seconds: fc.integer({ min: 1, max: 4000 }), monotonicStops: fc.boolean()
    })
  }
)

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  delivery: fc.constantFrom('cookie', 'body'),
  hasLocks: fc.boolean(),
  hasChannel: fc.boolean(),
  seed: fc.nat(),
  loss: fc.constantFrom(0, 0.1, 0.3, 0.6),
  steps: fc.array(fc.record({ waitMs: fc.oneof(fc.nat(500), fc.nat(40_000), fc.nat(400_000)), action: actions }), {
    minLength: 5, maxLength: 60, size: 'max'
  })
})

t.test('F27: no scenario ends with a logout that the user did not ask for', async (t) => {
  let refreshes = 0
  let failed = 0
  await fc.assert(fc.asyncProperty(scenarios, async (scenario) => {
    const { browser, tabs } = await runScenario(scenario)
    refreshes += browser.service.refreshes.length
    failed += browser.service.refreshes.filter(({ status }) => status !== 200).length
    for (const { changes } of tabs) {
      const losses = changes.filter(([user]) => user === undefined)
      if (losses.length > 0) throw new Error(`thrown out: ${JSON.stringify(losses)} ${JSON.stringify(browser.service.refreshes.slice(-5))}`)
    }
    browser.conditions = () => ({ requestMs: 20, responseMs: 20 })
    browser.service.plannedReplies.splice(0)
    await browser.time.pass(400_000)
    for (const { client } of tabs) {
      const answered = client.fetch('/me')
      await browser.time.pass(60_000)
      const { status } = await answered
      if (status !== 200 || client.currentUser() === undefined) throw new Error(`in the end: ${status}`)
      client.close()
    }
  }), { numRuns: 200 })
  t.ok(refreshes > 500, `${refreshes} refreshes`)
  t.ok(failed > 20, `${failed} of them were not answered with tokens`)
})

async function runScenario ({ delivery, hasLocks, hasChannel, seed, loss, steps }: Scenario): Promise<{ browser: Browser, tabs: Tab[] }> {
  const random = createRandom(seed)
  const browser = createBrowser({ delivery, hasLocks, hasChannel, random })
  const [first] = [browser.open()]
  const loggedIn = first.client.login('ada@example.com', 'right')
  await browser.time.pass(1000)
  await loggedIn
  browser.conditions = (): NetworkConditions => {
    // A request arrives in time or not at all; a response may take any time.
    const delays = { requestMs: random() * 5000 ** random(), responseMs: random() * 15_000 ** random() }
    if (random() >= loss) return delays
    return { ...delays, lost: random() < 0.5 ? 'request' : 'response', silently: random() < 0.5, offline: random() < 0.2 }
  }
  const tabs = [first]
  for (const { waitMs, action } of steps) {
    await browser.time.pass(waitMs)
    await perform(browser, tabs, action)
  }
  return { browser, tabs }
}

async function perform (browser: Browser, tabs: Tab[], action: Action): Promise<void> {
  const ignore = () => {}
  const open = () => {
    const tab = browser.open()
    tab.client.restore().catch(ignore)
    return tab
  }
  if (action.kind === 'sleep') await browser.time.sleep(action.seconds * 1000, action)
  if (action.kind === 'open' && tabs.length < TABS) tabs.push(open())
  if (action.kind === 'trouble') {
    browser.service.plannedReplies.push({
      path: '/auth/refresh', reply: { status: action.status, body: '<html>', headers: { 'retry-after': '5' } }
    })
  }
  if (!('tab' in action)) return
  const index = action.tab % tabs.length
  const tab = tabs[index]
  if (action.kind === 'fetch') tab?.client.fetch('/me').catch(ignore)
  if (action.kind === 'reload') {
    tab?.close()
    tabs[index] = open()
  }
  if (action.kind === 'close' && tabs.length > 1) {
    tab?.close()
    tabs.splice(index, 1)
  }
}

/** mulberry32: the same numbers for the same seed. */
function createRandom (seed: number): () => number {
  let state = seed
  return () => {
    state = state + 0x6D2B79F5 | 0
    let mixed = Math.imul(state ^ state >>> 15, 1 | state)
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
    return ((mixed ^ mixed >>> 14) >>> 0) / 4294967296
  }
}
