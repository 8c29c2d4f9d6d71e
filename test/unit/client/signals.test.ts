// Callers who do not want to wait any longer.
import t from 'tap'
import type { Client } from '../../../client/index.ts'
import { createLoggedIn, during } from './fake-browser.ts'
import { ACCESS_TTL_SECONDS } from './fake-service.ts'

const LIFE_MS = ACCESS_TTL_SECONDS * 1000

t.test('whoever calls off is told at once, and why, while the refresh goes on for others', async (t) => {
  const reason = new Error('the user has left the page')
  const calls: Array<[name: string, call: (client: Client, signal: AbortSignal) => Promise<unknown>]> = [
    ['fetch', (client, signal) => client.fetch('/me', { signal })],
    ['fetch of a request', (client, signal) => client.fetch(new Request('https://auth.example.com/me', { signal }))],
    ['ask', (client, signal) => client.ask('GET', '/me', { signal })]
  ]
  for (const [name, call] of calls) {
    for (const phase of ['before it expires', 'after a 401'] as const) {
      const { browser, tab } = await createLoggedIn()
      if (phase === 'after a 401') browser.service.advanceNotBefore()
      else await browser.time.sleep(LIFE_MS, { monotonicStops: false })
      browser.conditions = (path) => ({ requestMs: 20, responseMs: path === '/auth/refresh' ? 5000 : 20 })
      const controller = new AbortController()
      const outcome = outcomeOf(call(tab.client, controller.signal))
      const other = tab.client.fetch('/me')
      await browser.time.pass(1000)
      t.equal(outcome.value, undefined)
      controller.abort(reason)
      await browser.time.pass(0)
      t.equal(outcome.value, reason, `${name}, ${phase}`)
      t.equal((await during(browser, other, 10_000)).status, 200, 'the other has what it waited for')
      t.equal(browser.service.refreshes.length, 1)
    }
  }
})

t.test('what was called off before is not begun, and is not sent once a refresh has ended', async (t) => {
  const asked: string[] = []
  const { browser, tab: { close } } = await createLoggedIn()
  close()
  // It would have to refresh first.
  const tab = browser.open()
  browser.conditions = (path) => {
    asked.push(path)
    return { requestMs: 20, responseMs: 20 }
  }
  for (const reason of [new Error('too late'), 'a text', undefined]) {
    const signal = AbortSignal.abort(reason)
    for (const call of [() => tab.client.fetch('/me', { signal }), () => tab.client.ask('GET', '/me', { signal })]) {
      const outcome = outcomeOf(call())
      await browser.time.pass(0)
      t.equal(outcome.value, signal.reason)
    }
  }
  t.strictSame(asked, [])
  const controller = new AbortController()
  const outcome = outcomeOf(tab.client.fetch('/me', { signal: controller.signal }))
  await browser.time.pass(10)
  controller.abort()
  await browser.time.pass(1000)
  t.match(outcome.value, { name: 'AbortError' })
  t.strictSame(asked, ['/auth/refresh'])
})

t.test('a platform whose signals have no reason, as React Native, gives an AbortError', async (t) => {
  const { browser, tab } = await createLoggedIn()
  const signal = AbortSignal.abort()
  Object.defineProperty(signal, 'reason', { value: undefined })
  await t.rejects(during(browser, tab.client.fetch('/me', { signal }), 0), { name: 'AbortError' })
})

function outcomeOf (promise: Promise<unknown>): { value: unknown } {
  const outcome: { value: unknown } = { value: undefined }
  promise.then((value) => { outcome.value = value }, (reason: unknown) => { outcome.value = reason })
  return outcome
}
