import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { createClient, type Fetch } from '../../../client/index.ts'

type AnyAsk = (method: string, path: string, options: { path?: unknown, query?: unknown }) => Promise<unknown>

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
  await client.ask('DELETE', '/account/sessions/{id}', { path: { id: 'a..b?c#d e' } })
  await client.ask('GET', '/admin/users', { query: { role: 'admin', limit: 5 } })
  await client.ask('PUT', '/account/password', { body: { current_password: 'a', new_password: 'b' } })
  t.strictSame(asked.map(({ method, url }) => `${method} ${url}`), [
    'GET https://auth.example.com/account/sessions',
    'DELETE https://auth.example.com/account/sessions/a..b%3Fc%23d%20e',
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
    [Response.json({ code: 'last_admin', detail: 'There would be none.' }, { status: 409 }), {
      name: 'ProblemError', code: 'last_admin', status: 409, message: 'There would be none.'
    }],
    [Response.json({ code: 'overloaded', detail: 'Later.' }, { status: 503, headers: { 'retry-after': '2' } }), {
      code: 'overloaded', retryAfterSeconds: 2
    }],
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

/** What a parser, a proxy or a sloppy caller would make something else of. */
const HOSTILE: unknown[] = [
  '', '.', '..', '%2e', '%2E%2e', '.%2e', '%2e.', '%252e%252e', '%25252e.', '..%2f', '../x', 'x/../y', '/', '//', '//evil.example',
  '..%2fusers', 'x%2fy', '%252f',
  '\\', '..\\x', '%5c', '%255C..', '\t..', '.\n.', '..\r\n', '%09..', '%00', '\0', 'x\0', '..;', '..;x', ';x', '\ud800', 'x\udc00y',
  undefined, null, true, false, {}, [], ['..'], { toString: () => '..' }, () => '..', Symbol('..'), 1n, Number.NaN, Infinity, -Infinity
]

/** What may stand in a path as it is. */
const HARMLESS: unknown[] = [
  '018f0000-0000-7000-8000-000000000000', 'a..b', '...', '.a', 'a.', 'ä', '😀', '100%', '%', '%zz', '%c3%a4', 'a b', 'a?b', 'a#b', '@', ':',
  '*', "'", '{id}', 0, 42, -1.5
]

t.test('whatever is put into a path stays one segment of it, or is refused before anything is asked', async (t) => {
  const document = parse(await readFile('openapi.yaml', 'utf8'))
  const templated = Object.entries<object>(document.paths).flatMap(([path, operations]) => /\{\w+\}/.test(path)
    ? Object.keys(operations).map((method) => [method.toUpperCase(), path] as const)
    : [])
  t.ok(templated.length >= 7, `${templated.length} operations`)
  const failures: string[] = []
  for (const [method, path] of templated) {
    const { client, asked } = createAsking(() => Response.json({}))
    const ask = client.ask as AnyAsk
    const [name = ''] = /(?<=\{)\w+(?=\})/.exec(path) ?? []
    for (const value of HOSTILE) {
      const error: unknown = await ask(method, path, { path: { [name]: value } }).catch((reason) => reason)
      if (!(error instanceof TypeError && error.message.startsWith(`path.${name}: `))) failures.push(`${method} ${path}: ${String(value)}`)
    }
    for (const options of [{}, { path: {} }, { path: { [`${name}x`]: 'x' } }]) await t.rejects(ask(method, path, options), TypeError)
    t.equal(asked.length, 0)
    for (const value of HARMLESS) {
      await ask(method, path, { path: { [name]: value } })
      const { pathname, search, hash } = new URL(asked.at(-1)?.url ?? '')
      const segment = pathname.split('/')[path.split('/').indexOf(`{${name}}`)] ?? ''
      const isWhole = pathname === path.replace(`{${name}}`, encodeURIComponent(String(value))) && decodeURIComponent(segment) === String(
        value
      )
      if (!isWhole || search + hash !== '') failures.push(`${method} ${path}: ${String(value)}: ${pathname}`)
    }
  }
  t.strictSame(failures, [])
})

t.test('a path that is none of the document is not mended', async (t) => {
  const { client, asked } = createAsking(() => Response.json({}))
  for (const path of [
    '/admin/users/../sessions', '/admin/./users', '/admin/users?x', '/me#x', '//evil.example/me', '\\\\evil.example',
    'https://evil.example/me', 'me', '', '/a b', '/%2e%2e/me'
  ]) {
    await t.rejects((client.ask as AnyAsk)('GET', path, {}), TypeError, path)
  }
  t.equal(asked.length, 0)
})

t.test('what is put into a query stays one value of it', async (t) => {
  const { client, asked } = createAsking(() => Response.json({}))
  const ask = client.ask as AnyAsk
  for (const value of [null, {}, [], ['a', 'b'], { toString: () => 'x' }, Symbol('x'), 1n, Number.NaN, Infinity]) {
    await t.rejects(
      ask('GET', '/admin/users', { query: { role: value } }), { name: 'TypeError', message: /^query\.role: / }
    )
  }
  t.equal(asked.length, 0)
  const values = { role: '&limit=1000', email: 'a+b@example.com#?=%26', limit: 5, after: '', strict: true, left: undefined }
  await ask('GET', '/admin/users', { query: values })
  t.strictSame([...new URL(asked[0]?.url ?? '').searchParams], [
    ['role', '&limit=1000'], ['email', 'a+b@example.com#?=%26'], ['limit', '5'], ['after', ''], ['strict', 'true']
  ])
})
