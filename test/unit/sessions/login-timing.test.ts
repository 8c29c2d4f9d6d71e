// Whether somebody exists is told by no answer, and by no time that one takes.
import { hash } from 'argon2'
import { sql } from 'kysely'
import t from 'tap'
import { eachDatabase } from '../../support/database.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { PASSWORD } from '../../support/password.ts'
import { median, rankTest, SIGNIFICANT } from '../../support/rank-test.ts'

const SAMPLES = 200

const CASES = { unknown: 'nobody@example.com', wrong: 'ada@example.com', disabled: 'eve@example.com', older: 'bob@example.com' } as const
type Case = keyof typeof CASES
const NAMES = Object.keys(CASES) as Case[]

eachDatabase(t, 'AB11, AB12: unknown user, wrong password and disabled user get the same bytes, in times nobody can tell apart', async (
  t, database
) => {
  t.setTimeout(600_000)
  // Enough work to be seen beside the rest.
  const { app } = await createService(t, database, { settings: { ARGON2_MEMORY: '4096', ARGON2_TIME: '2' } })
  const passwordHash = await hash(PASSWORD, { memoryCost: 4096, timeCost: 2, parallelism: 1 })
  await createUser(database, CASES.wrong)
  const id = await createUser(database, CASES.disabled)
  await database.kysely.updateTable('users').set({ disabled_at: sql`now()` }).where('id', '=', id).execute()
  await database.kysely.updateTable('users').set({ password_hash: passwordHash }).execute()
  // Has not logged in since ARGON2_* were raised.
  await createUser(database, CASES.older)

  const times: Record<Case, number[]> = { unknown: [], wrong: [], disabled: [], older: [] }
  const answers: Record<Case, Set<string>> = { unknown: new Set(), wrong: new Set(), disabled: new Set(), older: new Set() }
  async function sample (name: Case): Promise<void> {
    // No sample shall be held up by the failures of those before it.
    await sql`delete from login_attempts`.execute(database.kysely)
    const startedAt = performance.now()
    const { statusCode, headers, body } = await app.inject({
      method: 'POST', url: '/auth/login', body: { email: CASES[name], password: name === 'disabled' ? PASSWORD : `${PASSWORD}?` }
    })
    times[name].push(performance.now() - startedAt)
    const { date, 'x-request-id': requestId, ...same } = headers
    answers[name].add(JSON.stringify([statusCode, same, body]))
  }
  for (let turn = -5; turn < SAMPLES; turn++) {
    // Each one comes in every place as often as the others: what slows the machine down slows all of them.
    for (let place = 0; place < NAMES.length; place++) await sample(NAMES[(turn + 8 + place) % NAMES.length] ?? 'unknown')
    if (turn < 0) for (const name of NAMES) times[name] = []
  }

  t.equal(answers.unknown.size, 1)
  t.match([...answers.unknown][0], /^\[401,.*invalid_credentials/)
  t.strictSame(answers.wrong, answers.unknown)
  t.strictSame(answers.disabled, answers.unknown)
  t.strictSame(answers.older, answers.unknown)
  for (const [one, other] of [
    ['unknown', 'wrong'], ['wrong', 'disabled'], ['unknown', 'disabled'], ['unknown', 'older'], ['wrong', 'older']
  ] as const) {
    const z = rankTest(times[one], times[other])
    t.comment(`${one} ${median(times[one]).toFixed(2)} ms, ${other} ${median(times[other]).toFixed(2)} ms, z = ${z.toFixed(2)}`)
    t.ok(Math.abs(z) < SIGNIFICANT, `${one} and ${other}`)
  }
})

t.test('the rank test sees what is there, and nothing else', async (t) => {
  const even = Array.from({ length: SAMPLES }, (_, index) => index)
  t.ok(Math.abs(rankTest(even, even.map((time) => time + 0.5))) < 1)
  t.ok(rankTest(even, even.map((time) => time + SAMPLES / 4)) < -SIGNIFICANT)
  t.ok(rankTest(even.map((time) => time + SAMPLES / 4), even) > SIGNIFICANT)
})
