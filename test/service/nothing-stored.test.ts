// What is mailed, and what a client shows to use it, is in no table and in no line of the log, in no form; and nobody can compute it from
// the tables who does not have SECRET_KEYS.
import { createHash, createHmac } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { PROOF_PURPOSES, type ProofPurpose } from '../../src/accounts/index.ts'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/config.ts'
import type { Database } from '../../src/database/index.ts'
import { closeExceptDatabase, openWithDatabase } from '../../src/dependencies.ts'
import { toBase32 } from '../../src/factors/totp.ts'
import { createLog } from '../../src/http/index.ts'
import { startMailSender } from '../../src/mail-sender.ts'
import type { CreationOptions, RequestOptions } from '../../src/passkeys/options.ts'
import { createProofSecrets } from '../../src/proofs/index.ts'
import { SoftwareAuthenticator } from '../support/authenticator.ts'
import { eachDatabase } from '../support/database.ts'
import { logIn } from '../support/inject.ts'
import { NEW_PASSWORD, PASSWORD } from '../support/password.ts'
import { currentCode, enrolTotp, fromBase32, giveFactor, post as send, type Reply } from '../support/second-factors.ts'
import { SECRET_KEYS } from '../support/service.ts'
import { createUser } from '../support/users.ts'

const ISSUER = 'http://localhost:3000'
const DIGESTS = ['md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha3-256']

/** What was given away in a flow. */
interface Given {
  /** Tokens of links, and handles. */
  tokens: string[]
  codes: string[]
  /** Links, passwords, and texts of mails. */
  texts: string[]
}

interface World {
  app: FastifyInstance
  database: Database
  given: Given
  /** Sends what is due. @returns the newest mail */
  read (): Promise<{ token: string, code: string }>
  log: string[]
}

async function open (t: Test, database: Database): Promise<World> {
  const log: string[] = []
  const config = loadConfig({
    SECRET_KEYS, ISSUER, ARGON2_MEMORY: '1024', ARGON2_TIME: '1', LOGIN_RATE_PER_MINUTE: '10000', REGISTRATION: 'open', LOG_LEVEL: 'trace'
  })
  const stream = { write (line: string) { log.push(line) } }
  const dependencies = await openWithDatabase(config, database, createLog({ level: 'trace', stream }))
  const app = await buildApp(config, dependencies)
  await app.ready()
  const sender = await startMailSender(config, dependencies)
  t.teardown(async () => {
    await app.close()
    await sender.close()
    await closeExceptDatabase(dependencies)
  })
  const given: Given = { tokens: [], codes: [], texts: [PASSWORD, NEW_PASSWORD] }

  async function read () {
    await sender.sendDue()
    const mails = dependencies.mail.inbox?.list() ?? []
    for (const { subject, text, html } of mails) {
      const links = text.match(/http\S+/g) ?? []
      given.texts.push(subject, html, ...text.split(/\n+/).filter((line) => line.length > 20), ...links)
      given.tokens.push(...links.map((link) => link.slice(link.indexOf('#token=') + '#token='.length)))
      given.codes.push(...text.match(/\b\d{8}\b/g) ?? [])
    }
    const [newest] = mails
    return { token: /#token=([\w-]+)/.exec(newest?.text ?? '')?.[1] ?? '', code: /\b\d{8}\b/.exec(newest?.text ?? '')?.[0] ?? '' }
  }

  return { app, database, given, read, log }
}

/** @returns the status, and the handle of the response if there is one */
async function post ({ app, given }: World, url: string, body: object, accessToken?: string): Promise<{ status: number, handle: string }> {
  const headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }
  const { statusCode, body: text } = await app.inject({ method: 'POST', url, headers, body })
  const { registration, handle = registration ?? '' } = text === '' ? {} : JSON.parse(text)
  if (handle !== '') given.tokens.push(handle)
  return { status: statusCode, handle }
}

const FLOWS: Readonly<Record<string, (t: Test, world: World) => Promise<void>>> = {
  'a registration by link, and one that nobody completes': async (t, world) => {
    await post(world, '/auth/register', { email: 'ada@example.com' })
    const { token } = await world.read()
    t.equal((await post(world, '/auth/register/complete', { token, password: 'short' })).status, 422)
    t.equal((await post(world, '/auth/register/complete', { token, password: PASSWORD })).status, 201)
    t.equal((await post(world, '/auth/register', { email: 'nobody@example.com' })).status, 202)
    await world.read()
  },
  'a registration by code, after a wrong one': async (t, world) => {
    const { handle: registration } = await post(world, '/auth/register', { email: 'bob@example.com' })
    const { code } = await world.read()
    const wrong = code === '12345678' ? '87654321' : '12345678'
    t.equal((await post(world, '/auth/register/complete', { registration, code: wrong, password: PASSWORD })).status, 401)
    t.equal((await post(world, '/auth/register/complete', { registration, code, password: PASSWORD })).status, 201)
  },
  'a registration of an address that has an account': async (t, world) => {
    t.equal((await post(world, '/auth/register', { email: 'ada@example.com' })).status, 202)
    await world.read()
  },
  'a reset, and one that nobody completes': async (t, world) => {
    await post(world, '/auth/password-reset', { email: 'ada@example.com' })
    const { token } = await world.read()
    t.equal((await post(world, '/auth/password-reset/complete', { token, new_password: NEW_PASSWORD })).status, 204)
    t.equal((await post(world, '/auth/password-reset/complete', { token, new_password: NEW_PASSWORD })).status, 401)
    await post(world, '/auth/password-reset', { email: 'bob@example.com' })
    await world.read()
  },
  'an invitation': async (t, world) => {
    await createUser(world.database, 'root@example.com', 'admin')
    const { accessToken } = await logIn(world.app, 'root@example.com')
    t.equal((await post(world, '/admin/users', { email: 'eve@example.com', role: 'user' }, accessToken)).status, 201)
    const { token } = await world.read()
    t.equal((await post(world, '/auth/password-reset/complete', { token, new_password: PASSWORD })).status, 204)
  },
  'a verification, and a change of the e-mail': async (t, world) => {
    await createUser(world.database, 'sue@example.com')
    const { accessToken } = await logIn(world.app, 'sue@example.com')
    const verification = await post(world, '/account/email/verification', {}, accessToken)
    const { code } = await world.read()
    const path = '/account/email/verification/confirm'
    t.equal((await post(world, path, { handle: verification.handle, code }, accessToken)).status, 204)
    const change = await post(world, '/account/email', { email: 'new@example.com' }, accessToken)
    const { code: second } = await world.read()
    t.equal((await post(world, '/account/email/confirm', { handle: change.handle, code: second }, accessToken)).status, 204)
    await world.read()
    await post(world, '/account/email/verification', {}, accessToken)
    await world.read()
  }
}

eachDatabase(t, 'PW16: after every flow nothing that opens anything is in a table or in the log, and nothing leads to it', async (
  t, database
) => {
  const world = await open(t, database)
  for (const [name, flow] of Object.entries(FLOWS)) {
    const [tokens, codes] = [world.given.tokens.length, world.given.codes.length]
    await flow(t, world)
    t.ok(world.given.tokens.length > tokens || name.endsWith('account'), name)
    t.ok(world.given.codes.length > codes || !name.includes('code'), name)
    const cells = await readCells(database)
    t.strictSame(findIn(cells.join('\n'), world.given), [], `${name}: tables`)
    t.strictSame(findIn(world.log.join('\n'), world.given), [], `${name}: log`)
    t.strictSame(compute(cells, world.given), [], `${name}: nothing in a table is a key of it`)
  }
  const cells = await readCells(database)
  t.ok(cells.length > 200 && world.log.length > 20, 'something was searched')
  t.ok((await database.kysely.selectFrom('mail_proofs').select('id').execute()).length >= 3, 'some proofs can still be given')
  const found = compute([...cells, SECRET_KEYS], world.given)
  t.ok(found.some((what) => what.startsWith('token')) && found.some((what) => what.startsWith('code')), 'SECRET_KEYS are the key of it')
  for (const text of ['token', 'code', 'text'].map((kind) => plant(kind, world.given))) t.ok(findIn(text, world.given).length > 0, text)
})

eachDatabase(t, 'MF9: no secret, recovery code or challenge of a second factor is in a table or the log, nor a digest of it alone', async (
  t, database
) => {
  const { app, log } = await open(t, database)
  const given: Buffer[] = []
  const giveAway = (...texts: Array<string | Buffer>) => {
    given.push(...texts.flatMap((text) => typeof text === 'string' ? [Buffer.from(text), Buffer.from(text, 'base64url')] : [text]))
  }
  const readChallenge = ({ body: { passkey_options: options } }: Reply): RequestOptions & CreationOptions => {
    giveAway(options.challenge)
    return options
  }
  const challenge = async (): Promise<Reply> => {
    const reply = await send(app, '/auth/login', { email: 'ada@example.com', password: PASSWORD })
    giveAway(reply.body.challenge)
    return reply
  }
  await createUser(database)
  const { accessToken, secret, recoveryCodes } = await enrolTotp(app, database)
  giveAway(secret, ...recoveryCodes.flatMap((code) => [code, code.replaceAll('-', ''), code.toLowerCase()]))
  const proof = { password: PASSWORD, totp: await currentCode(database, secret) }
  const { body: { access_token: token } } = await send(app, '/auth/step-up', proof, { token: accessToken })

  const authenticator = new SoftwareAuthenticator()
  const creation = readChallenge(await send(app, '/account/passkeys/options', {}, { token }))
  const credential = authenticator.create(creation, { origin: ISSUER })
  t.equal((await send(app, '/account/passkeys', { name: 'phone', credential }, { token })).status, 201)
  const sign = (reply: Reply) => authenticator.get(readChallenge(reply), { origin: ISSUER })

  const [first, second, third] = [await challenge(), await challenge(), await challenge()]
  t.equal((await giveFactor(app, { challenge: first.body.challenge, recovery_code: recoveryCodes[0]?.toLowerCase() })).status, 200)
  t.equal((await giveFactor(app, { challenge: second.body.challenge, recovery_code: recoveryCodes[0] })).status, 401, 'used')
  t.equal((await giveFactor(app, { challenge: third.body.challenge, passkey: sign(third) })).status, 200)
  const login = { credential: sign(await send(app, '/auth/passkeys/options', {})) }
  t.equal((await send(app, '/auth/passkeys/login', login)).status, 200)
  t.equal((await send(app, '/auth/passkeys/login', login)).status, 401, 'a second time')
  const passkey = sign(await send(app, '/auth/step-up/options', {}, { token }))
  t.equal((await send(app, '/auth/step-up', { passkey }, { token })).status, 200)
  giveAway(fromBase32((await send(app, '/account/totp', {}, { token })).body.secret))

  const cells = (await readCells(database)).join('\n')
  const forms = [...new Set([...given.flatMap(toPlainForms), ...given.flatMap(toDigests)])]
  const find = (text: string) => forms.filter((form) => text.includes(form) || text.toLowerCase().includes(form.toLowerCase()))
  t.ok(given.length > 60 && cells.length > 5_000 && log.length > 20, 'something was searched for, in something')
  t.strictSame(find(cells), [], 'tables')
  t.strictSame(find(log.join('\n')), [], 'log')
  for (const text of [`\\x${secret.toString('hex')}`, toBase32(secret), `{"code":"${recoveryCodes[9]}"}`, String(first.body.challenge)]) {
    t.ok(find(text).length > 0, `it would be found: ${text}`)
  }
})

/** Bytes as a column or a line of the log would have them. */
function toPlainForms (bytes: Buffer): string[] {
  const [hex, base64, base64url] = [bytes.toString('hex'), bytes.toString('base64').slice(0, -4), bytes.toString('base64url')]
  return [bytes.toString('latin1'), hex, base64, base64url, toBase32(bytes)]
}

/** Every value of every row of every table, as text. */
async function readCells ({ kysely }: Database): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE'`.execute(kysely)
  const cells: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql<{ value: string }>`select value from ${sql.table(name)} t, jsonb_each_text(to_jsonb(t))
      where value is not null`.execute(kysely)
    cells.push(...rows.map(({ value }) => value))
  }
  return cells
}

/** @returns what of it is in the text, in any form */
function findIn (text: string, { tokens, codes, texts }: Given): string[] {
  const lower = text.toLowerCase()
  const isThere = (form: string) => text.includes(form) || lower.includes(form.toLowerCase())
  return [
    ...unique(tokens).filter((token) => toForms(token).some(isThere)).map((token) => `token ${token}`),
    // Eight digits may be part of a longer number.
    ...unique(codes).filter((code) => new RegExp(`(?<![\\w.])${code}(?!\\w)`).test(text)).map((code) => `code ${code}`),
    ...unique(codes).filter((code) => toDigests(Buffer.from(code)).some(isThere)).map((code) => `digest of ${code}`),
    ...unique(texts).filter((line) => [line, ...toDigests(Buffer.from(line))].some(isThere)).map((line) => `text ${line}`)
  ]
}

/** A token as text, its bytes, the secret part of them, and digests of all these: each without its end, which may be cut. */
function toForms (token: string): string[] {
  const bytes = Buffer.from(token, 'base64url')
  const secret = bytes.subarray(17)
  const plain = [token, bytes.toString('hex'), secret.toString('hex'), secret.toString('base64').slice(0, 24)]
  return [...plain, ...[Buffer.from(token), bytes, secret].flatMap(toDigests)]
}

function toDigests (bytes: Buffer): string[] {
  return DIGESTS.flatMap((name) => {
    const digest = createHash(name).update(bytes).digest()
    return [digest.toString('hex').slice(0, 20), digest.toString('base64').slice(0, 14), digest.toString('base64url').slice(0, 14)]
  })
}

/**
 * Computes tokens, handles and codes as the service does, and more simply, with each value of a table as the key.
 *
 * @returns those that are right
 */
function compute (cells: readonly string[], { tokens, codes }: Given): string[] {
  const ids = new Set(tokens.map((token) => Buffer.from(token, 'base64url').subarray(1, 17).toString('hex')))
  const keys = unique(['', ISSUER, 'gatepass', ...cells]).flatMap((cell) => [Buffer.from(cell), Buffer.from(cell, 'base64')])
  const right = new Set([...tokens, ...codes])
  const found = new Set<string>()
  for (const id of ids) {
    const bytes = Buffer.from(id, 'hex')
    for (const key of keys) {
      for (const mac of [createHmac('sha256', key).update(bytes).digest(), createHash('sha256').update(bytes).update(key).digest()]) {
        const token = Buffer.concat([Buffer.of(1), bytes, mac.subarray(0, 20)]).toString('base64url')
        if (right.has(token)) found.add(`token ${token}`)
        if (right.has(toCode(mac))) found.add(`code ${toCode(mac)}`)
      }
    }
  }
  for (const key of keys) {
    const secrets = createProofSecrets({ secretKeys: [key], issuer: ISSUER })
    for (const id of ids) for (const purpose of PROOF_PURPOSES) addRight(secrets, { id: toUuid(id), purpose }, right, found)
  }
  return [...found]
}

const unique = (values: readonly string[]) => [...new Set(values)]

type Secrets = ReturnType<typeof createProofSecrets>

function addRight (secrets: Secrets, proof: { id: string, purpose: ProofPurpose }, right: ReadonlySet<string>, found: Set<string>): void {
  for (const token of [secrets.toToken(proof), secrets.toHandle(proof)]) if (right.has(token)) found.add(`token ${token}`)
  if (right.has(secrets.toCode(proof))) found.add(`code ${secrets.toCode(proof)}`)
}

function toCode (mac: Buffer): string {
  return String(mac.readBigUInt64BE() % 100_000_000n).padStart(8, '0')
}

function toUuid (hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** A text in which a search has to find something. */
function plant (kind: string, { tokens: [token = ''], codes: [code = ''], texts }: Given): string {
  if (kind === 'token') return `\\x${createHash('sha256').update(Buffer.from(token, 'base64url')).digest('hex')}`
  return kind === 'code' ? `{"code":"${code}"}` : `subject: ${texts.at(-1)}`
}
