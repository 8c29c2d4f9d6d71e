// Documents that pages of any origin may read.
import t from 'tap'
import { createHttpApp } from './http-app.ts'

const LISTED = 'https://app.example.com'
const ORIGINS = [LISTED, 'https://anybody.example', 'null']

t.test('a page of any origin may read a public document, without credentials', async (t) => {
  const lines: Array<Record<string, unknown>> = []
  const service = await createHttpApp(t, {
    corsOrigins: [LISTED], logLevel: 'info', logStream: { write: (line) => { lines.push(JSON.parse(line)) } }
  })
  const PUBLIC = { config: { cors: { origin: '*', credentials: false } } } as const
  service.get('/public', PUBLIC, () => ({}))
  service.options('/public', PUBLIC, async (_request, reply) => reply.code(204).send())
  service.get('/private', () => ({}))
  for (const origin of ORIGINS) {
    const { statusCode, headers } = await service.inject({ url: '/public', headers: { origin, 'sec-fetch-mode': 'cors' } })
    t.equal(statusCode, 200)
    t.equal(headers['access-control-allow-origin'], '*', origin)
    t.notOk(headers['access-control-allow-credentials'], origin)
    t.notOk(headers.vary, 'one copy in a cache serves all')
    const preflight = await service.inject({
      method: 'OPTIONS', url: '/public', headers: { origin, 'access-control-request-method': 'GET' }
    })
    t.match({ status: preflight.statusCode, headers: preflight.headers }, {
      status: 204, headers: { 'access-control-allow-origin': '*', 'access-control-allow-methods': /GET/ }
    }, origin)
  }
  t.strictSame(lines.filter(({ event }) => event === 'origin_not_listed'), [], 'nothing was blocked')
  const { headers } = await service.inject({ url: '/private', headers: { origin: 'https://anybody.example' } })
  t.notOk(headers['access-control-allow-origin'])
})
