import assert from 'node:assert/strict'
import fc from 'fast-check'
import { sql } from 'kysely'
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { createRefreshStatement } from '../../../src/sessions/refresh-statement.ts'
import { decideRotation, toRotationTimings } from '../../../src/sessions/rotation-policy.ts'
import { eachDatabase } from '../../support/database.ts'
import { ageSession, listAuditTypes, listRevocations, readSession } from '../../support/rows.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { deliver } from '../../support/mails.ts'
import { createUser } from '../../support/users.ts'
import { logIn, refresh, refreshTokens } from '../../support/inject.ts'

const timings = toRotationTimings(30)
const lifetimes = { accessTtlSeconds: 300, sessionIdleSeconds: 7 * 86_400, sessionMaxSeconds: 30 * 86_400, rotation: timings }
const NOWHERE = { ip: null, userAgent: null, requestId: null }

eachDatabase(t, 'RS4: the statement decides as the rule does', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { sessionId } = await logIn(app)
  const statement = createRefreshStatement(lifetimes)
  // Ages keep clear of the borders by more than a statement takes.
  const ages = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 71, max: 10_000 })).map((whole) => whole + 0.5)
  const generations = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: -3, max: 7 }), ages)
  await fc.assert(fc.asyncProperty(generations, async ([parentGeneration, lead, offset, seconds]) => {
    const currentGeneration = parentGeneration + lead
    const presented = Math.max(0, parentGeneration + offset)
    await set(database, sessionId, { current: currentGeneration, parent: parentGeneration, seconds })
    const before = await readSession(database, sessionId)
    const decision = decideRotation({ currentGeneration, parentGeneration, ageSeconds: seconds }, presented, timings)
    const answer = await statement(database.kysely, { sessionId, generation: presented }, NOWHERE)
    const after = await readSession(database, sessionId)
    const setsRotatedAt = after.rotated_at.getTime() !== before.rotated_at.getTime()
    const generation = answer.outcome === 'inactive' ? undefined : answer.generation
    const [current, parent] = [Number(after.current_generation), Number(after.parent_generation)]
    // Throws with the difference, after which fast-check looks for a smaller example.
    assert.deepEqual(
      {
        outcome: answer.outcome,
        currentGeneration: current,
        parentGeneration: parent,
        setsRotatedAt,
        generation,
        ended: after.ended_at !== null
      },
      { ...decision, generation: decision.currentGeneration, ended: decision.outcome === 'reused' }
    )
  }), { numRuns: 200 })
})

eachDatabase(t, 'RS3, F27: racing refreshes of two instances get one and the same successor', async (t, database) => {
  const [one, two] = [await createAuthenticationApp(t, database), await createAuthenticationApp(t, database)]
  await createUser(database)
  const { refreshToken, sessionId } = await logIn(one)
  await ageSession(database, sessionId, 200)
  const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => refreshTokens(index % 2 === 0 ? one : two, refreshToken)))
  t.equal(new Set(replies.map((reply) => reply.refreshToken)).size, 1)
  t.equal(new Set(replies.map((reply) => reply.accessToken)).size, 20)
  t.equal(Number((await readSession(database, sessionId)).current_generation), 2)
})

eachDatabase(t, 'RS3: of those who race with the old and the new token exactly one moves the session', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { sessionId } = await logIn(app)
  const statement = createRefreshStatement(lifetimes)
  for (let turn = 0; turn < 20; turn++) {
    await set(database, sessionId, { current: 2, parent: 1, seconds: 3600 })
    const answers = await Promise.all([1, 2, 1, 2, 1, 2].map((generation) =>
      statement(database.kysely, { sessionId, generation }, NOWHERE)))
    const moves = answers.filter(({ outcome }) => outcome === 'rotated' || outcome === 'recovered')
    t.equal(moves.length, 1, `turn ${turn}`)
  }
})

eachDatabase(t, 'RS26, F4: a lost answer is given again at any age', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { refreshToken, sessionId } = await logIn(app)
  await ageSession(database, sessionId, 200)
  const lost = await refreshTokens(app, refreshToken)
  const again = await refreshTokens(app, refreshToken)
  t.equal(again.refreshToken, lost.refreshToken, 'within the window it is the same')
  await ageSession(database, sessionId, 40)
  const wait = await refresh(app, refreshToken)
  t.equal(wait.statusCode, 503)
  t.equal(wait.json().code, 'refresh_retry')
  t.equal(wait.headers['retry-after'], '20')
  await ageSession(database, sessionId, 3600)
  const recovered = await refreshTokens(app, refreshToken)
  t.not(recovered.refreshToken, lost.refreshToken, 'later it is another one')
  await ageSession(database, sessionId, 200)
  await refreshTokens(app, recovered.refreshToken)
  t.strictSame(await listRevocations(database), [])
})

eachDatabase(t, 'RS2: a replayed grandparent ends the session, tells the edges and is audited', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { tellsUsers: true })
  const userId = await createUser(database)
  const first = await logIn(app)
  await ageSession(database, first.sessionId, 200)
  const second = await refreshTokens(app, first.refreshToken)
  await ageSession(database, first.sessionId, 200)
  const third = await refreshTokens(app, second.refreshToken)

  const early = await refresh(app, first.refreshToken)
  t.equal(early.statusCode, 503, 'at once it may be a straggler')
  await ageSession(database, first.sessionId, 25)
  const replay = await app.inject({
    method: 'POST',
    url: '/auth/refresh',
    headers: { 'user-agent': 'thief' },
    remoteAddress: '192.0.2.7',
    body: { refresh_token: first.refreshToken }
  })
  t.equal(replay.statusCode, 401)
  t.strictSame(replay.json(), {
    type: '/problems/invalid-refresh-token',
    title: 'Unauthorized',
    status: 401,
    detail: 'The session has ended; log in again.',
    code: 'invalid_refresh_token'
  })

  const row = await readSession(database, first.sessionId)
  const [revocation, ...others] = await listRevocations(database)
  t.strictSame(revocation, { kind: 'session', sid: first.sessionId, sub: null, not_before: null, expires_at: row.access_until })
  t.strictSame(others, [])
  const event = await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'refresh_reuse').executeTakeFirstOrThrow()
  t.match(event, { user_id: userId, session_id: first.sessionId, user_agent: 'thief', ip: '192.0.2.7' })
  for (const { refreshToken } of [first, second, third]) t.equal((await refresh(app, refreshToken)).statusCode, 401)
  t.strictSame(await listAuditTypes(database), ['login', 'refresh_reuse'])
  const mails = await database.kysely.selectFrom('mails').select(['purpose', 'user_id', 'address', 'state']).execute()
  t.strictSame(mails, [{ purpose: 'refresh_reuse', user_id: userId, address: null, state: 'due' }], 'the user is told once')
  t.strictSame(await deliver(database), [{ to: 'ada@example.com', template: 'refresh_reuse' }])
})

eachDatabase(t, 'without mail, nobody is told that a refresh token was reused', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { refreshToken, sessionId } = await logIn(app)
  await set(database, sessionId, { current: 3, parent: 2, seconds: 200 })
  t.equal((await refresh(app, refreshToken)).statusCode, 401)
  t.strictSame(await listAuditTypes(database), ['login', 'refresh_reuse'])
  t.strictSame(await database.kysely.selectFrom('mails').selectAll().execute(), [])
})

eachDatabase(t, 'F4: a token from after a restore is refused and audited, and the session stays', async (t, database) => {
  const app = await createAuthenticationApp(t, database, { tellsUsers: true })
  await createUser(database)
  const first = await logIn(app)
  const tokens = [first.refreshToken]
  for (let turn = 0; turn < 3; turn++) {
    await ageSession(database, first.sessionId, 200)
    tokens.push((await refreshTokens(app, tokens.at(-1) ?? '')).refreshToken)
  }
  await set(database, first.sessionId, { current: 1, parent: 0, seconds: 0 })
  t.equal((await refresh(app, tokens[2] ?? '')).statusCode, 401)
  t.strictSame(await listAuditTypes(database), ['login', 'refresh_ahead'])
  t.strictSame(await database.kysely.selectFrom('mails').selectAll().execute(), [], 'nobody is told')
  const next = await refreshTokens(app, tokens[1] ?? '')
  t.equal(next.refreshToken, tokens[2], 'the token of a commit that was lost is good')
})

eachDatabase(t, 'RS6, RS7, RS20: an inactive session answers 401 and nothing is written', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const { refreshToken, sessionId } = await logIn(app)
  await ageSession(database, sessionId, 200)
  const events = await listAuditTypes(database)
  const active = await readSession(database, sessionId)
  const causes: Record<string, [end: string, undo: string]> = {
    ended: ['update sessions set ended_at = now()', 'update sessions set ended_at = null'],
    'absolutely expired': [
      "update sessions set expires_at = now() - interval '1 second'",
      "update sessions set expires_at = now() + interval '30 days'"
    ],
    idle: ["update sessions set rotated_at = now() - interval '7 days'", "update sessions set rotated_at = now() - interval '200 seconds'"],
    'of an earlier epoch': [
      'update global_state set session_epoch = session_epoch + 1',
      'update global_state set session_epoch = session_epoch - 1'
    ],
    'of a disabled user': ['update users set disabled_at = now()', 'update users set disabled_at = null']
  }
  for (const [name, [end, undo]] of Object.entries(causes)) {
    await sql.raw(end).execute(database.kysely)
    t.equal((await refresh(app, refreshToken)).statusCode, 401, name)
    await sql.raw(undo).execute(database.kysely)
    const { current_generation: current, access_until: accessUntil, ended_at: endedAt } = await readSession(database, sessionId)
    t.strictSame(
      { current, accessUntil, endedAt },
      { current: active.current_generation, accessUntil: active.access_until, endedAt: null },
      name
    )
  }
  await refreshTokens(app, refreshToken)
  await database.kysely.deleteFrom('users').where('id', '=', userId).execute()
  t.equal((await refresh(app, refreshToken)).statusCode, 401, 'deleted')
  t.strictSame(await listAuditTypes(database), events)
  t.strictSame(await listRevocations(database), [])
})

eachDatabase(t, 'nothing that a holder can read moves when another one refreshes', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const first = await logIn(app)
  await ageSession(database, first.sessionId, 200)
  const { user_agent: userAgent, ip } = await readSession(database, first.sessionId)
  const mine = await refreshTokens(app, first.refreshToken)
  const theirs = await refreshTokens(app, first.refreshToken, { 'user-agent': 'another' })
  t.equal(mine.refreshExpiresIn, 7 * 86_400 - 30)
  t.equal(theirs.refreshExpiresIn, mine.refreshExpiresIn)
  const row = await readSession(database, first.sessionId)
  t.strictSame([row.user_agent, row.ip], [userAgent, ip])
  t.equal(row.last_seen_on, new Date().toISOString().slice(0, 10))
})

eachDatabase(t, 'near the absolute end the tokens say how little is left', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { refreshToken, sessionId } = await logIn(app)
  await sql`update sessions set expires_at = now() + interval '1000.9 seconds' where id = ${sessionId}`.execute(database.kysely)
  t.equal((await refreshTokens(app, refreshToken)).refreshExpiresIn, 1000)
})

eachDatabase(t, 'a successor shared with another address and user agent is audited', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  await createUser(database)
  const { refreshToken, sessionId } = await logIn(app)
  await ageSession(database, sessionId, 200)
  const from = (remoteAddress: string, userAgent: string) => app.inject({
    method: 'POST', url: '/auth/refresh', remoteAddress, headers: { 'user-agent': userAgent }, body: { refresh_token: refreshToken }
  })
  await from('192.0.2.1', 'phone')
  await from('192.0.2.2', 'phone')
  await from('192.0.2.1', 'laptop')
  t.strictSame(await listAuditTypes(database), ['login'], 'a phone changes its address, and a household shares one')
  await from('192.0.2.2', 'laptop')
  t.strictSame(await listAuditTypes(database), ['login', 'refresh_shared'])
})

eachDatabase(t, 'tokens have the current role, and an iat at or past the last not-before', async (t, database) => {
  const app = await createAuthenticationApp(t, database)
  const userId = await createUser(database)
  const first = await logIn(app)
  const now = Math.floor(Date.now() / 1000)
  t.ok(Math.abs(Number(first.claims.iat) - now) <= 2)
  t.equal(Number(first.claims.exp) - Number(first.claims.iat), 300)
  await database.kysely.updateTable('users').set({ role: 'admin', tokens_valid_from: now + 2 }).where('id', '=', userId).execute()
  t.match((await refreshTokens(app, first.refreshToken)).claims, {
    role: 'admin', sub: userId, sid: first.sessionId, iat: now + 2, exp: now + 302
  })
  await database.kysely.updateTable('global_state').set({ tokens_valid_from: now + 3 }).execute()
  t.equal((await refreshTokens(app, first.refreshToken)).claims.iat, now + 3)
})

async function set (
  database: Database, sessionId: string, { current, parent, seconds }: { current: number, parent: number, seconds: number }
): Promise<void> {
  await sql`update sessions set current_generation = ${current}, parent_generation = ${parent}, ended_at = null,
    rotated_at = clock_timestamp() - make_interval(secs => ${seconds}) where id = ${sessionId}`
    .execute(database.kysely)
}

eachDatabase(t, 'VF24: after ACCESS_TOKEN_TTL was lowered, the end of a session refuses the longer tokens from before, too', async (
  t, database
) => {
  await createUser(database)
  const before = await logIn(await createAuthenticationApp(t, database, { accessTtlSeconds: 3600 }))
  const lowered = await createAuthenticationApp(t, database, { accessTtlSeconds: 75, refreshGraceSeconds: 15 })
  await ageSession(database, before.sessionId, 200)
  const { refreshToken } = await refreshTokens(lowered, before.refreshToken)
  await lowered.inject({ method: 'POST', url: '/auth/logout', body: { refresh_token: refreshToken } })
  const [revocation] = await listRevocations(database)
  t.ok((revocation?.expires_at.getTime() ?? 0) / 1000 >= Number(before.claims.exp) + 5)
})
