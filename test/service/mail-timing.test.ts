// Whether somebody has an account is told by no response of the routes that take an e-mail: not by its bytes, not by its time, and not by
// the statements behind it.
import { createHash } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../src/database/index.ts'
import { createProofSecrets } from '../../src/proofs/index.ts'
import { onCountingPostgres, onPostgres } from '../support/database.ts'
import { WITH_MAIL } from '../support/mails.ts'
import { PASSWORD } from '../support/password.ts'
import { median, rankTest, SIGNIFICANT } from '../support/rank-test.ts'
import { createService, SECRET_KEYS } from '../support/service.ts'
import { hasher } from '../support/users.ts'

const SAMPLES = 500
const WARM_UP = 20

// Names of one length. A planted account is one whose mailbox nobody has proved; a hollow one has no password.
const KINDS = ['unknown', 'private', 'planted', 'stopped', 'hollow0'] as const
type Kind = typeof KINDS[number]

interface Sample {
  kind: Kind
  /** From 0; each sample of a kind has another address. */
  index: number
}

interface Request {
  url: string
  body: object
}

const toEmail = ({ kind, index }: Sample) => `${kind}-${String(index).padStart(4, '0')}@example.com`

/** Its time is not compared: a code is counted where there is one, which is one row of one statement, and five times only. */
const A_WRONG_CODE = 'a wrong code'

const ROUTES: ReadonlyArray<[name: string, kinds: readonly Kind[], toRequest: (sample: Sample) => Request]> = [
  ['a registration', ['unknown', 'private', 'planted', 'stopped'], (sample) => ({
    url: '/auth/register', body: { email: toEmail(sample) }
  })],
  ['a reset', ['unknown', 'private', 'stopped'], (sample) => ({ url: '/auth/password-reset', body: { email: toEmail(sample) } })],
  ['a login', ['unknown', 'private', 'stopped', 'hollow0'], (sample) => ({
    url: '/auth/login', body: { email: toEmail(sample), password: sample.kind === 'stopped' ? PASSWORD : 'wrong' }
  })],
  [A_WRONG_CODE, ['unknown', 'private'], (sample) => ({
    url: '/auth/register/complete', body: { registration: toHandle(sample), code: '0', password: PASSWORD }
  })]
]

const secrets = createProofSecrets({ secretKeys: [Buffer.from(SECRET_KEYS, 'base64')], issuer: 'https://auth.example.com' })
const ids = new Map<string, string>()

/** The id of the mail to this address. */
function toId (sample: Sample): string {
  const id = ids.get(toEmail(sample)) ?? uuidv7()
  ids.set(toEmail(sample), id)
  return id
}

const toHandle = (sample: Sample) => secrets.toHandle({ id: toId(sample), purpose: 'registration' })

/** Users of all kinds, and for those who are unknown the proof that a registration has mailed to them. */
async function addUsers ({ kysely }: Database): Promise<void> {
  const passwordHash = await hasher.hash(PASSWORD)
  const indexes = Array.from({ length: SAMPLES + WARM_UP }, (_, index) => index)
  const now = new Date()
  for (const kind of KINDS.filter((kind) => kind !== 'unknown')) {
    await kysely.insertInto('users').values(indexes.map((index) => ({
      id: uuidv7(),
      email: toEmail({ kind, index }),
      normalized_email: toEmail({ kind, index }),
      password_hash: kind === 'hollow0' ? null : passwordHash,
      role: 'user',
      disabled_at: kind === 'stopped' ? now : null,
      email_verified_at: kind === 'planted' || kind === 'hollow0' ? null : now
    }))).execute()
  }
  await kysely.insertInto('mail_proofs').values(indexes.map((index) => {
    const [sample, later] = [{ kind: 'unknown', index } as const, new Date(Date.now() + 600_000)]
    const email = toEmail(sample)
    const times = { expires_at: later, code_expires_at: later }
    return { id: toId(sample), purpose: 'registration', user_id: null, email, normalized_email: email, ...times }
  })).execute()
  await sql`analyze`.execute(kysely)
}

/** Everything of a response that is not of this request alone. */
function toText ({ statusCode, headers, body }: LightMyRequestResponse): string {
  const { date, 'x-request-id': requestId, ...same } = headers
  return JSON.stringify([statusCode, same, body.replace(/[\w-]{50}/, 'HANDLE')])
}

onPostgres(t, 'AB11: no response of a route that takes an e-mail tells whether somebody has it, by its bytes or by its time', async (
  t, database
) => {
  t.setTimeout(600_000)
  const { app } = await createService(t, database, { settings: WITH_MAIL })
  await addUsers(database)
  for (const [name, kinds, toRequest] of ROUTES) {
    const times = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
    const texts = new Map<Kind, Set<string>>(kinds.map((kind) => [kind, new Set()]))
    const samples = name === A_WRONG_CODE ? 10 : SAMPLES + WARM_UP
    for (let index = 0; index < samples; index++) {
      for (const kind of toOrder(kinds, index)) {
        const request = { method: 'POST', ...toRequest({ kind, index }) } as const
        const startedAt = performance.now()
        const response = await app.inject(request)
        if (index >= WARM_UP) times.get(kind)?.push(performance.now() - startedAt)
        texts.get(kind)?.add(toText(response))
      }
    }
    const all = new Set([...texts.values()].flatMap((set) => [...set]))
    t.equal(all.size, 1, `${name}: ${[...all].join('\n')}`)
    if (name !== A_WRONG_CODE) compareTimes(t, name, times)
  }
})

function compareTimes (t: Test, name: string, times: ReadonlyMap<Kind, readonly number[]>): void {
  const entries = [...times]
  for (const [index, [one, ones]] of entries.entries()) {
    for (const [other, others] of entries.slice(index + 1)) {
      const z = rankTest(ones, others)
      t.comment(`${name}: ${one} ${median(ones).toFixed(3)} ms, ${other} ${median(others).toFixed(3)} ms, z = ${z.toFixed(2)}`)
      t.ok(Math.abs(z) < SIGNIFICANT, `${name}: ${one} and ${other}`)
    }
  }
}

/** Each kind comes in every place, and after every other one, as often as the others. */
function toOrder (kinds: readonly Kind[], turn: number): readonly Kind[] {
  const digest = createHash('sha256').update(String(turn)).digest()
  const ranks = kinds.map((kind, place) => ({ kind, rank: digest.readUInt32BE(place * 4) }))
  return ranks.toSorted((a, b) => a.rank - b.rank).map(({ kind }) => kind)
}

onCountingPostgres(t, 'AB11: a route that takes an e-mail sends the same statements for every address, and mail asks no user', async (
  t, database
) => {
  const { app } = await createService(t, database, { settings: WITH_MAIL })
  await addUsers(database)
  for (const [index, [name, kinds, toRequest]] of ROUTES.entries()) {
    const counted: string[][] = []
    for (const kind of kinds) {
      const before = await readStatements(database)
      await app.inject({ method: 'POST', ...toRequest({ kind, index }) })
      const after = Object.entries(await readStatements(database))
      const calls = after.flatMap(([query, calls]) => Array.from({ length: calls - (before[query] ?? 0) }, () => query))
      counted.push(calls.sort())
    }
    t.equal(counted[0]?.length, name === A_WRONG_CODE ? 1 : 2, name)
    for (const statements of counted) t.strictSame(statements, counted[0], name)
    t.equal(counted[0]?.some((query) => /\busers\b/.test(query)), name === 'a login', name)
  }
})

/** Calls of each statement so far, without those of this count and those of the service that read revocations and keys. */
async function readStatements ({ kysely }: Database): Promise<Record<string, number>> {
  const { rows } = await sql<{ query: string, calls: string }>`select query, sum(calls) as calls from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database())
      and query ~* '\\m(users|sessions|login_attempts|audit_events|mails|mail_proofs)\\M' and query !~ 'pg_stat_statements'
    group by query`.execute(kysely)
  return Object.fromEntries(rows.map(({ query, calls }) => [query, Number(calls)]))
}
