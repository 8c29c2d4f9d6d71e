import t from 'tap'
import { createClient, type Fetch } from '../../client/index.ts'

/** A client that is logged in nowhere, and what it asks. */
function createAsking (answer: () => Response): { client: ReturnType<typeof createClient>, asked: Request[] } {
  const asked: Request[] = []
  const fetch: Fetch = async (input, init) => {
    if (String(input).endsWith('/auth/refresh')) throw new Error('nobody is to refresh')
    asked.push(new Request(input, init))
    return answer()
  }
  return { client: createClient({ baseUrl: 'https://auth.example.com', delivery: 'body', fetch }), asked }
}

t.test('an operation is asked for by its method, its path and what it takes', async (t) => {
  const { client, asked } = createAsking(() => Response.json({ sessions: [] }))
  await client.ask('GET', '/account/sessions')
  await client.ask('DELETE', '/account/sessions/{id}', { path: { id: 'a/../b?c' } })
  await client.ask('GET', '/admin/users', { query: { role: 'admin', limit: 5 } })
  await client.ask('PUT', '/account/password', { body: { current_password: 'a', new_password: 'b' } })
  t.strictSame(asked.map(({ method, url }) => `${method} ${url}`), [
    'GET https://auth.example.com/account/sessions',
    'DELETE https://auth.example.com/account/sessions/a%2F..%2Fb%3Fc',
    'GET https://auth.example.com/admin/users?role=admin&limit=5',
    'PUT https://auth.example.com/account/password'
  ])
  t.equal(asked[0]?.headers.get('content-type'), null)
  t.equal(asked[3]?.headers.get('content-type'), 'application/json')
  t.strictSame(await asked[3]?.json(), { current_password: 'a', new_password: 'b' })
})

t.test('an answer without a body is nothing, and one that is no problem document comes from somebody else', async (t) => {
  const table: Array<[answer: Response, error: object | undefined]> = [
    [new Response(null, { status: 204 }), undefined],
    [Response.json({ code: 'last_admin', detail: 'There would be none.' }, { status: 409 }), { name: 'ProblemError', code: 'last_admin', status: 409, message: 'There would be none.' }],
    [Response.json({ code: 'overloaded', detail: 'Later.' }, { status: 503, headers: { 'retry-after': '2' } }), { code: 'overloaded', retryAfterSeconds: 2 }],
    [new Response('<html>', { status: 502 }), { name: 'UnavailableError' }]
  ]
  for (const [answer, error] of table) {
    const { client } = createAsking(() => answer)
    const asked = client.ask('DELETE', '/account/sessions').catch((reason: unknown) => reason)
    if (error === undefined) t.equal(await asked, undefined)
    else t.match(await asked, error)
  }
})

t.test('what is asked for can be called off', async (t) => {
  const { client, asked } = createAsking(() => Response.json({}))
  const controller = new AbortController()
  await client.ask('GET', '/me', { signal: controller.signal })
  controller.abort()
  t.equal(asked[0]?.signal.aborted, true)
})
