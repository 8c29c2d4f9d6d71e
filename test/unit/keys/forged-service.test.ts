// A forged key in the database of the whole service: no verifier accepts its tokens, in this process or another.
import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { CLIENT_ID, defaultRoles } from '../../../src/contract/index.ts'
import { createVerifier } from '../../../src/edge/index.ts'
import { ask } from '../../support/client.ts'
import { eachDatabase } from '../../support/database.ts'
import { freePort } from '../../../scripts/free-port.js'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { logIn } from '../../support/inject.ts'
import { until } from '../../support/until.ts'
import { insertForged, makeForgedKey } from './attacker.ts'

eachDatabase(t, 'a forged key is in no JWKS and no feed, verifies no token, and is logged and audited', async (t, database) => {
  const lines: Array<{ event?: string, kid?: string }> = []
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const PORT = await freePort()
  const issuer = `http://localhost:${PORT}`
  const { app } = await createService(t, database, {
    settings: { FEED_TOKEN, PORT: String(PORT), ISSUER: issuer },
    log: { level: 'info', stream: { write: (line) => { lines.push(JSON.parse(line)) } } }
  })
  await app.listen({ host: 'localhost', port: PORT })
  const sub = await createUser(database, 'root@example.com', 'admin')
  const { accessToken, sessionId } = await logIn(app, 'root@example.com')
  const edge = createVerifier({ issuer, audience: 'api', roles: defaultRoles, revocations: { token: FEED_TOKEN } })
  t.teardown(() => edge.close())
  await until(async () => typeof await edge.verify(accessToken) === 'object')

  const forged = await makeForgedKey()
  await insertForged(database, forged)
  const iat = Math.floor(Date.now() / 1000)
  // The claims of a valid token of the admin, with an active session.
  const token = forged.sign({
    iss: issuer, aud: 'api', sub, role: 'admin', sid: sessionId, jti: randomUUID(), iat, exp: iat + 300, client_id: CLIENT_ID
  })
  const events = async () => (await ask(`${issuer}/admin/audit?type=signing_key_rejected`, { token: accessToken })).body.events
  await until(async () => Array.isArray(await events()) && JSON.stringify(await events()).includes(forged.kid))

  t.match(await ask(`${issuer}/account`, { token }), { status: 401, body: { code: 'invalid_token' } })
  t.match(await ask(`${issuer}/admin/users`, { token }), { status: 401, body: { code: 'invalid_token' } })
  t.equal(typeof await edge.verify(token), 'string', 'it has asked the issuer for a key that it does not know')
  t.equal(typeof await edge.verify(accessToken), 'object')
  for (const path of ['/.well-known/jwks.json', '/revocations']) {
    const reply = await fetch(`${issuer}${path}`, { headers: { authorization: `Bearer ${FEED_TOKEN}`, accept: 'application/json' } })
    t.equal(reply.status, 200)
    t.notMatch(await reply.text(), forged.kid, path)
  }
  t.match(
    await events(),
    [{ type: 'signing_key_rejected', actor_id: null, user_id: null, details: { kid: forged.kid, reason: 'wrong_mac' } }]
  )
  t.match(lines.filter(({ event }) => event === 'signing_key_rejected'), [{ kid: forged.kid }])
  t.match(
    await ask(`${issuer}/admin/keys`, { token: accessToken }),
    { status: 200, body: { rejected: [{ kid: forged.kid, reason: 'wrong_mac' }] } }
  )
})
