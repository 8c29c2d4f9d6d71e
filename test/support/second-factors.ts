// Second factors as a user has them: enrolled through the routes, with the codes that an authenticator app would show.
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Database } from '../../src/database/index.ts'
import { STEP_SECONDS, toHotp } from '../../src/factors/totp.ts'
import { PASSWORD } from './password.ts'

export interface Enrolled {
  /** Of the session that has enrolled, which is the only one that is left. */
  accessToken: string
  sessionId: string
  refreshToken: string
  secret: Buffer
  recoveryCodes: string[]
}

export interface Reply {
  status: number
  code: string | undefined
  body: Record<string, any>
  headers: Record<string, unknown>
}

interface PostOptions {
  token?: string | undefined
  ip?: string
  method?: 'POST' | 'GET' | 'PUT' | 'DELETE' | 'PATCH'
}

/** Sends a request, and again where a busy machine has too much to do. */
export async function post (
  app: FastifyInstance, url: string, body?: object, { token, ip = '192.0.2.1', method = 'POST' }: PostOptions = {}
): Promise<Reply> {
  return insist(async () => {
    const reply = await app.inject({
      method,
      url,
      remoteAddress: ip,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(body !== undefined && { payload: body })
    })
    const parsed = reply.body === '' ? {} : reply.json()
    return { status: reply.statusCode, code: parsed.code, body: parsed, headers: reply.headers }
  }, (code) => code === 'overloaded')
}

/** Logs in with a password, and enrols TOTP. @throws where the service refuses */
export async function enrolTotp (app: FastifyInstance, database: Database, email = 'ada@example.com'): Promise<Enrolled> {
  const login = await post(app, '/auth/login', { email, password: PASSWORD })
  const { access_token: accessToken, session_id: sessionId, refresh_token: refreshToken } = login.body
  const started = await post(app, '/account/totp', {}, { token: accessToken })
  const secret = fromBase32(String(started.body.secret))
  const confirmed = await post(app, '/account/totp/confirm', { code: await currentCode(database, secret) }, { token: accessToken })
  if (confirmed.status !== 200) throw new Error(`not enrolled: ${JSON.stringify([login, started, confirmed])}`)
  return { accessToken, sessionId, refreshToken, secret, recoveryCodes: confirmed.body.recovery_codes }
}

/** The code of now, which has not been used yet: as if time had passed. */
export async function currentCode (database: Database, secret: Buffer): Promise<string> {
  await sql`update totp set last_step = 0`.execute(database.kysely)
  return toHotp(secret, await currentStep(database))
}

/** A code that is wrong now and for some time. */
export async function wrongCode (database: Database, secret: Buffer): Promise<string> {
  const step = await currentStep(database)
  const right = Array.from({ length: 20 }, (_, index) => toHotp(secret, step - 10 + index))
  return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? ''
}

async function currentStep ({ kysely }: Database): Promise<number> {
  const { rows: [row] } = await sql<{ step: string }>`select floor(extract(epoch from now()) / ${sql.lit(STEP_SECONDS)})::text as step`
    .execute(kysely)
  return Number(row?.step)
}

export function fromBase32 (text: string): Buffer {
  const bits = [...text].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/**
 * Asks as clients do that are told to try again: many at once may wait for a connection for too long.
 *
 * @param isPassing of the codes of 503; all, by default
 */
export async function insist (ask: () => Promise<Reply>, isPassing: (code?: string) => boolean = () => true): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    const reply = await ask()
    if (reply.status !== 503 || !isPassing(reply.code) || attempt === 20) return reply
    await sleep(100)
  }
}

/** The right password, up to the challenge. */
export async function askForChallenge (app: FastifyInstance, { email = 'ada@example.com', password = PASSWORD, ip = '192.0.2.1' } = {}) {
  const { status, body } = await insist(() => post(app, '/auth/login', { email, password }, { ip }))
  if (status !== 401 || body.code !== 'second_factor_required') throw new Error(`no challenge: ${status} ${JSON.stringify(body)}`)
  return String(body.challenge)
}

export const giveFactor = (app: FastifyInstance, body: object, ip?: string): Promise<Reply> =>
  post(app, '/auth/login/second-factor', body, ip === undefined ? {} : { ip })
