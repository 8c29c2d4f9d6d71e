// Requests to the real service with the longest headers, queries and paths it accepts: none of them blocks the process.
import t from 'tap'
import { eachDatabase } from '../../support/database.ts'
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts'
import { isInTime } from '../../support/patience.ts'
import { createService } from '../../support/service.ts'
import { until } from '../../support/until.ts'

/** The limit of Node's parser for a request head. */
const HEAD_BYTES = 16 * 1024
const TURNS = 4
const MAX_CPU_MS = 20

const HEADERS = ['authorization', 'cookie', 'user-agent', 'origin', 'accept', 'accept-encoding', 'content-type', 'if-none-match',
  'last-event-id',
  'range', 'traceparent', 'tracestate', 'x-forwarded-for', 'forwarded', 'host', 'content-length', 'access-control-request-headers']

const PATHS = ['/me', '/auth/refresh', '/account/sessions', '/revocations', '/.well-known/jwks.json', '/docs/', '/health/ready']

interface Request { method: 'GET' | 'POST' | 'OPTIONS', url: string, headers: Record<string, string> }

/** Every place in a request head with free text. */
function requestsWith (text: string): Array<[name: string, request: Request]> {
  const inUrl = encodeURI(text).replaceAll(/%25/g, '%').slice(0, HEAD_BYTES)
  return [
    ...HEADERS.map((name): [string, Request] => [
      `the header ${name}`, { method: name.startsWith('access-') ? 'OPTIONS' : 'GET', url: '/me', headers: { [name]: text } }
    ]),
    ...PATHS.map((path): [string, Request] => [
      `the query of ${path}`, { method: path === '/auth/refresh' ? 'POST' : 'GET', url: `${path}?${inUrl}`, headers: {} }
    ]),
    ['a member of a query', { method: 'GET', url: `/admin/users?email=${encodeURIComponent(text).slice(0, HEAD_BYTES)}`, headers: {} }],
    ['a path', { method: 'GET', url: `/${inUrl}`, headers: {} }],
    ['a member of a path', { method: 'GET', url: `/admin/users/${inUrl}/sessions`, headers: {} }]
  ]
}

eachDatabase(t, 'no head of 16 KB blocks the process', async (t, database) => {
  const { app } = await createService(t, database, { settings: { CORS_ORIGINS: 'https://app.example.com' } })
  for (const [kind, make] of Object.entries(HOSTILE_TEXTS)) {
    // Text that cannot be sent in a header never reaches a handler.
    const text = make(HEAD_BYTES).replaceAll(/[^\t\x20-\x7e]/g, 'a').slice(0, HEAD_BYTES)
    const slow: string[] = []
    for (const [name, request] of requestsWith(text)) {
      let least = Infinity
      for (let turn = 0; turn < TURNS && least > MAX_CPU_MS / 4; turn++) {
        await until(async () => {
          const before = process.cpuUsage()
          const { statusCode, body } = await app.inject(request)
          const { user, system } = process.cpuUsage(before)
          // Load is shed while other processes have the processor.
          if (body.includes('"overloaded"')) return false
          least = Math.min(least, (user + system) / 1000)
          if (statusCode >= 500) slow.push(`${name}: ${statusCode}`)
          return true
        })
      }
      if (!isInTime(least, MAX_CPU_MS)) slow.push(`${name}: ${least} ms`)
    }
    t.strictSame(slow, [], kind)
  }
})
