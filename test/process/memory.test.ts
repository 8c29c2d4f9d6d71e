// AV5, F14: the memory of the service during a flood.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request as sendRequest } from 'node:http'
import { availableParallelism } from 'node:os'
import t, { type Test } from 'tap'
import { onPostgres } from '../support/database.ts'
import { logIn } from '../support/client.ts'
import { postgresSettings, startService } from '../support/process.ts'
import { PASSWORD } from '../support/password.ts'

const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: PASSWORD }
const HASH_MIB = 19
/** As in compose.yaml. */
const CONTAINER_MIB = 512
const TOO_LARGE = 'bodies that are too large'
const LARGE = random(100_000)
/** A flood is cheaper for who sends it than with fetch. */
const agent = new Agent({ keepAlive: true })

const onLinux: typeof onPostgres = existsSync('/proc/self/clear_refs')
  ? onPostgres
  : (t, name) => t.test(name, { skip: 'the system does not report the memory of a process' }, async () => {})

onLinux(t, 'F14: in a storm of logins memory grows by as many hashes as there are cores', (t, _database, url) => stormIn(t, url, {}))

// Each arena of glibc keeps the memory of a hash; without MALLOC_ARENA_MAX nearly every thread has one.
onLinux(t, 'F14: and by no more with sixty-four threads', (t, _database, url) =>
  stormIn(t, url, { UV_THREADPOOL_SIZE: '64', MALLOC_ARENA_MAX: '2' }))

onLinux(t, 'AV5: whatever a service is flooded with, its memory stops growing', async (t, _database, url) => {
  const service = await startService(t, { ...postgresSettings(url), ...ADMIN, TRUST_PROXY: '127.0.0.1,::1', LOGIN_RATE_PER_MINUTE: '10' })
  const bearer = (token: string): Request => ['/me', { headers: { authorization: `Bearer ${token}` } }]
  /** Each request has a new e-mail and a new address. */
  const floods: Record<string, () => Request> = {
    logins: () => post('/auth/login', { email: `${random(8)}@example.com`, password: random(8) }),
    'forged refresh tokens': () => post('/auth/refresh', { refresh_token: random(41) }),
    'forged bearer tokens': () => bearer(`${encoded({ alg: 'ES256', kid: random(8) })}.${encoded({ sub: random(8) })}.${random(64)}`),
    'bearer tokens that are none': () => bearer(random(300)),
    'paths that lead nowhere': () => [`/${random(32)}?${random(32)}`, {}],
    'methods that nobody knows': () => ['/me', { method: `X${random(8).replace(/[^a-z]/gi, '')}` }],
    [TOO_LARGE]: () => post('/auth/login', { email: random(8) + LARGE })
  }
  /** @returns the highest memory of the round */
  const pass = async (): Promise<number> => {
    forgetPeak(service.pid)
    for (const [name, next] of Object.entries(floods)) {
      const statuses = await flood(700, 50, async () => {
        const [path, options] = next()
        const headers = { ...options.headers, 'x-forwarded-for': [10, ...randomBytes(3)].join('.') }
        const answer = ask(service.address, path, { ...options, headers })
        // The connection may close before the request is sent, and without a response.
        return name === TOO_LARGE ? answer.catch(() => 413) : answer
      })
      t.strictSame([...statuses.keys()].filter((status) => ![400, 401, 404, 405, 413, 429, 501, 503].includes(status)), [], name)
    }
    return peakMib(service.pid)
  }
  // The heap grows until a full collection, every few rounds: what leaks grows in every one.
  const peaks = [await pass(), await pass()]
  do peaks.push(await pass(), await pass()); while (hasGrown(peaks) && peaks.length < 10)
  t.comment({ peaks })
  t.notOk(hasGrown(peaks), `${peaks.join(', ')} MiB`)
  t.ok(Math.max(...peaks) < CONTAINER_MIB, `${peaks.join(', ')} MiB`)
  t.type((await logIn(service.address, ADMIN.ADMIN_EMAIL, PASSWORD)).accessToken, 'string', 'an honest client can log in')
})

/** Whether either of the last two rounds went beyond all before. */
function hasGrown (peaks: number[]): boolean {
  return Math.max(...peaks.slice(-2)) > Math.max(...peaks.slice(0, -2)) * 1.05
}

async function stormIn (t: Test, url: string, settings: Record<string, string>): Promise<void> {
  const service = await startService(t, {
    ...postgresSettings(url), ...ADMIN, ...settings, ARGON2_MEMORY: String(HASH_MIB * 1024), ARGON2_TIME: '2'
  })
  const before = residentMib(service.pid)
  const statuses = await flood(400, 400, () =>
    ask(service.address, ...post('/auth/login', { email: ADMIN.ADMIN_EMAIL, password: PASSWORD })))
  const grown = peakMib(service.pid) - before
  t.comment(Object.fromEntries(statuses), { before, grown })
  t.ok((statuses.get(200) ?? 0) > 0)
  t.ok((statuses.get(503) ?? 0) > 0, 'there was overload')
  t.ok(
    grown < availableParallelism() * HASH_MIB + 100,
    `${grown} MiB more, for ${availableParallelism()} hashes, a queue and 400 connections`
  )
}

type Request = [path: string, options: { method?: string, headers?: Record<string, string>, body?: string }]

function post (path: string, body: object): Request {
  return [path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }]
}

/** @returns the status */
function ask (address: string, path: string, { body, ...options }: Request[1]): Promise<number> {
  return new Promise((resolve, reject) => {
    sendRequest(`${address}${path}`, { agent, ...options }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0)).once('error', reject)
    }).once('error', reject).end(body)
  })
}

/** Sends requests, a number of them at once. @returns how often each status was the response */
async function flood (count: number, atOnce: number, request: () => Promise<number>): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  let left = count
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) {
      const status = await request()
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }))
  return statuses
}

function random (bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

function encoded (value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function residentMib (pid: number): number {
  return memoryOf(pid, 'VmRSS')
}

function peakMib (pid: number): number {
  return memoryOf(pid, 'VmHWM')
}

/** Resets the peak of the resident memory. */
function forgetPeak (pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function memoryOf (pid: number, key: 'VmRSS' | 'VmHWM'): number {
  const [, kib] = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kib) / 1024)
}
