import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { onPostgres } from '../support/database.ts'
import { isInTime } from '../support/patience.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { logIn } from '../support/inject.ts'
import { until } from '../support/until.ts'
import { PASSWORD } from '../support/password.ts'

const IN_FLIGHT = 60

/** Logs in and ends all own sessions in a loop, with sixty requests at a time. */
async function endSessionsInALoop (app: FastifyInstance, email: string, signal: AbortSignal, statuses: Map<number, number>): Promise<void> {
  while (!signal.aborted) {
    const reply = await app.inject({ method: 'POST', url: '/auth/login', body: { email, password: PASSWORD } })
    if (reply.statusCode !== 200) {
      await sleep(100)
      continue
    }
    const headers = { authorization: `Bearer ${reply.json().access_token}` }
    const replies = await Promise.all(Array.from({ length: IN_FLIGHT }, () => app.inject({
      method: 'DELETE', url: '/account/sessions', headers
    })))
    for (const { statusCode } of replies) statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
  }
}

onPostgres(t, 'who ends all own sessions in a loop holds up no admin: each action is done, and felt at the edge', async (t, database) => {
  const [first, second] = [(await createService(t, database)).app, (await createService(t, database)).app]
  const adaId = await createUser(database, 'ada@example.com')
  await createUser(database, 'root@example.com', 'admin')
  const stop = new AbortController()
  const statuses = new Map<number, number>()
  const flood = Promise.all([first, second].map((app) => endSessionsInALoop(app, 'ada@example.com', stop.signal, statuses)))
  let root = await logIn(first, 'root@example.com')
  const asRoot = (method: 'PATCH' | 'DELETE', url: string, payload?: object) =>
    first.inject({ method, url, headers: { authorization: `Bearer ${root.accessToken}` }, ...(payload !== undefined && { payload }) })
  const actions: Array<[string, (turn: number) => ReturnType<typeof asRoot>]> = [
    ['ending the user\'s sessions', () => asRoot('DELETE', `/admin/users/${adaId}/sessions`)],
    ['another role', (turn) => asRoot('PATCH', `/admin/users/${adaId}`, { role: turn % 2 === 0 ? 'advertiser' : 'user' })],
    ['ending everybody\'s sessions', () => asRoot('DELETE', '/admin/sessions')]
  ]
  for (let turn = 0; turn < 3; turn++) {
    for (const [name, act] of actions) {
      const victim = await logIn(second, 'ada@example.com').catch(() => undefined)
      const startedAt = performance.now()
      const reply = await act(turn)
      const ms = performance.now() - startedAt
      t.ok(reply.statusCode === 200 || reply.statusCode === 204, `${name}: ${reply.statusCode} after ${Math.round(ms)} ms`)
      t.ok(isInTime(ms, 5_000), 'it waited for one advance at most')
      if (victim !== undefined) {
        await until(async () =>
          (await second.inject({ url: '/me', headers: { authorization: `Bearer ${victim.accessToken}` } })).statusCode === 401)
      }
      if (name.startsWith('ending everybody')) root = await logIn(first, 'root@example.com')
    }
  }
  stop.abort()
  await flood
  t.comment(Object.fromEntries(statuses))
  t.equal(statuses.get(503), undefined, 'no request failed for want of an advance')
  t.ok((statuses.get(429) ?? 0) > 0, 'too many requests are rejected')
  const { role } = await database.kysely.selectFrom('users').select('role').where('id', '=', adaId).executeTakeFirstOrThrow()
  t.equal(role, 'advertiser')
})
