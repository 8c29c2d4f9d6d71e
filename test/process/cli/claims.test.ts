// Custom claims on the command line, and what the lists say of claims and proofs.
import t from 'tap'
import { onPostgres } from '../../support/database.ts'
import { createCommandRunner, postgresSettings, QUICK } from '../../support/process.ts'
import { createService, SECRET_KEYS } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { logIn, refreshTokens } from '../../support/inject.ts'
import { listAuditEvents, listRevocations, readSession } from '../../support/rows.ts'

const EMAIL = 'ada@example.com'

/** Settings of commands on this database. */
const settingsOn = (url: string) => ({ ...postgresSettings(url), SECRET_KEYS, ...QUICK })

onPostgres(t, 'user claims replaces the claims of a user, which the next refresh brings; the lists show them', async (t, database, url) => {
  const gatepass = createCommandRunner(t, settingsOn(url))
  const { app } = await createService(t, database)
  const id = await createUser(database, EMAIL)
  const { refreshToken, sessionId } = await logIn(app, EMAIL)
  t.strictSame(await gatepass('user claims ADA@example.com {"org":"acme","seats":4}'), {
    code: 0, stdout: `${id}  ${EMAIL}  user  {"org":"acme","seats":4}\n`, stderr: ''
  })
  t.strictSame((await refreshTokens(app, refreshToken)).claims.ext, { org: 'acme', seats: 4 })
  t.match(await listRevocations(database), [{ kind: 'user', sub: id }])
  const replaced = await gatepass(`user claims ${id} {"beta":true} --json`)
  t.match(replaced, { code: 0, stderr: '' })
  t.match(JSON.parse(replaced.stdout), { id, email: EMAIL, role: 'user', disabled: false })
  t.strictSame(JSON.parse(replaced.stdout).claims, { beta: true })
  t.strictSame(JSON.parse((await gatepass('user list --json')).stdout).users[0].claims, { beta: true })
  const { sessions } = JSON.parse((await gatepass(`session list ${EMAIL} --json`)).stdout)
  const authenticatedAt = (await readSession(database, sessionId)).authenticated_at?.toISOString()
  t.match(sessions, [{ id: sessionId, authenticated_at: authenticatedAt, level: 1, methods: ['password'] }])
  t.match(await gatepass(`user claims ${EMAIL} {}`), { code: 0, stdout: `${id}  ${EMAIL}  user\n` })
  t.notOk('ext' in (await refreshTokens(app, refreshToken)).claims)
  const events = (await listAuditEvents(database)).filter(({ type }) => type === 'user_claims_changed')
  t.strictSame(events.map(({ actor_id: actor, details }) => [actor, details]), [
    [null, { names: ['org', 'seats'] }], [null, { names: ['beta'] }], [null, { names: [] }]
  ])
})

onPostgres(t, 'user claims that cannot be taken are refused in one sentence, and nothing changes', async (t, database, url) => {
  const gatepass = createCommandRunner(t, settingsOn(url))
  await createUser(database, EMAIL)
  const value = 'must be text without control characters, a whole number, or true or false'
  const table: Array<[claims: string, sentence: string]> = [
    ['org=acme', 'The claims are no JSON: write an object, such as \'{"org_id":"acme"}\'.'],
    ['{"org":', 'The claims are no JSON: write an object, such as \'{"org_id":"acme"}\'.'],
    ['null', 'The claims must be an object.'],
    ['["org"]', 'The claims must be an object.'],
    ['{"Org":1}', 'The claims must have names that match ^[a-z][a-z0-9_]{0,31}$.'],
    ['{"__proto__":1}', 'The claims must have names that match ^[a-z][a-z0-9_]{0,31}$.'],
    ['{"org":null}', `The claims have "org", which ${value}.`],
    ['{"org":0.5}', `The claims have "org", which ${value}.`],
    ['{"org":"\\u0000"}', `The claims have "org", which ${value}.`],
    [`{"org":"${'x'.repeat(87)}"}`, 'The claims must have at most 96 bytes as JSON, but has 97.']
  ]
  for (const [claims, sentence] of table) {
    t.strictSame(await gatepass(`user claims ${EMAIL} ${claims}`), { code: 1, stdout: '', stderr: `gatepass: ${sentence}\n` }, claims)
  }
  const unknown = await gatepass('user claims bob@example.com {"org":1}')
  t.strictSame(unknown, { code: 1, stdout: '', stderr: 'gatepass: There is no such user.\n' })
  t.match(await gatepass(`user claims ${EMAIL}`), { code: 1, stdout: '' })
  t.strictSame((await database.kysely.selectFrom('users').select('claims').execute()), [{ claims: {} }])
  t.strictSame((await listAuditEvents(database)).map(({ type }) => type), ['user_created'])
})
