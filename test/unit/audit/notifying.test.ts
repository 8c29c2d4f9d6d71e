// LG10: the service sends no messages to users; a notifier polls the audit log.
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { ageSession } from '../../support/rows.ts'
import { eachDatabase } from '../../support/database.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { logIn } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'

interface Event {
  id: string
  type: string
  user_id: string | null
  actor_id: string | null
  ip: string | null
  user_agent: string | null
}

/** Events that users should be notified of: changed credentials and suspicious events. */
const WORTH_A_LETTER = ['login_failed', 'refresh_reuse', 'refresh_shared', 'password_changed', 'user_role_changed', 'user_disabled']

/** Polls the pages, newest first, back to the last event that was seen. */
function createNotifier (app: FastifyInstance, accessToken: string) {
  let seen = ''
  return async function poll (): Promise<Event[]> {
    const found: Event[] = []
    for (let after: string | null = ''; after !== null;) {
      const { events, next }: { events: Event[], next: string | null } = (await app.inject({
        url: `/admin/audit?limit=2${after && `&after=${after}`}`,
        headers: { authorization: `Bearer ${accessToken}` }
      })).json()
      const fresh = events.filter(({ id }) => id > seen)
      found.push(...fresh)
      after = fresh.length < events.length ? null : next
    }
    seen = found[0]?.id ?? seen
    return found.reverse().filter(({ type }) => WORTH_A_LETTER.includes(type))
  }
}

eachDatabase(t, 'LG10: a client that polls finds every change of a credential and every suspicious event, in order and once', async (
  t, database
) => {
  const { app } = await createService(t, database)
  const root = await createUser(database, 'root@example.com', 'admin')
  const ada = await createUser(database, 'ada@example.com')
  const { accessToken: asRoot } = await logIn(app, 'root@example.com')
  const { accessToken, refreshToken, sessionId } = await logIn(app, 'ada@example.com')
  const poll = createNotifier(app, asRoot)
  t.strictSame(await poll(), [])

  const from = (userAgent: string, remoteAddress: string) => ({ remoteAddress, headers: { 'user-agent': userAgent } })
  const asAda = (userAgent: string) => ({ 'user-agent': userAgent, authorization: `Bearer ${accessToken}` })
  await app.inject({
    method: 'POST', url: '/auth/login', body: { email: 'ada@example.com', password: 'wrong' }, ...from('robot', '192.0.2.1')
  })
  await ageSession(database, sessionId, 200)
  for (const place of [from('phone', '192.0.2.2'), from('robot', '192.0.2.1')]) {
    await app.inject({ method: 'POST', url: '/auth/refresh', body: { refresh_token: refreshToken }, ...place })
  }
  const changed = await app.inject({
    method: 'PUT', url: '/account/password', headers: asAda('phone'), body: { current_password: PASSWORD, new_password: `new ${PASSWORD}` }
  })
  t.equal(changed.statusCode, 204)
  const first = await poll()
  t.match(first, [
    { type: 'login_failed', user_id: ada, actor_id: null, ip: '192.0.2.1', user_agent: 'robot' },
    { type: 'refresh_shared', user_id: ada, ip: '192.0.2.1', user_agent: 'robot' },
    { type: 'password_changed', user_id: ada, actor_id: ada, user_agent: 'phone' }
  ])
  t.equal(first.length, 3)

  t.equal((await app.inject({
    method: 'PATCH',
    url: `/admin/users/${ada}`,
    headers: { authorization: `Bearer ${asRoot}` },
    body: { role: 'advertiser', password: `newer ${PASSWORD}` }
  })).statusCode, 200)
  const second = await poll()
  t.match(
    second.sort((a, b) => a.type.localeCompare(b.type)),
    [{ type: 'password_changed', user_id: ada, actor_id: root }, { type: 'user_role_changed', user_id: ada, actor_id: root }]
  )
  t.equal(second.length, 2)
  t.strictSame(await poll(), [], 'no event twice')
})
