// Where the service is, and which origins may see a token.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createClient } from '../../../client/index.ts'
import { createLoggedIn, during } from './fake-browser.ts'

t.test('origins are compared by what they have, not by what all that are none have in common', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.close()
  const { client } = browser.open({ origins: ['capacitor://localhost', 'https://api.example.com/', 'HTTPS://Other.Example.com:443'] })
  await during(browser, client.restore())
  for (const url of ['capacitor://localhost/me', 'https://api.example.com/me', 'https://other.example.com/me']) {
    t.equal(
      (await during(browser, client.fetch(url))).status, 200, url
    )
  }
  let asked = 0
  browser.conditions = () => {
    asked++
    return { requestMs: 20, responseMs: 20 }
  }
  const foreign = [
    'capacitor://evil/me', 'capacitor://localhost:8080/me', 'ionic://localhost/me', 'file:///etc/passwd', 'data:text/plain,x',
    'about:blank', 'blob:https://auth.example.com/018f', 'blob:null/018f',
    '//evil.example', '\\\\evil.example', '/\\evil.example', '\t//evil.example', ' //evil.example', '/\t/evil.example',
    'https:\\\\evil.example', 'https:///evil.example', 'http:evil.example',
    new URL('https://evil.example'), new Request('https://evil.example')
  ]
  for (const input of foreign) {
    await t.rejects(
      during(browser, client.fetch(input)), { name: 'TypeError', message: /access token is not for/ }, String(input)
    )
  }
  t.equal(asked, 0)
})

t.test('addresses and origins that are none are said so when the client is made', (t) => {
  for (const origin of [
    '*', '', 'api.example.com', 'https://api.example.com/v1', 'https://api.example.com/?a', 'https://a:b@api.example.com', 'file:///',
    'null', 'data:text/plain,x'
  ]) {
    t.throws(
      () => createClient({ baseUrl: 'https://auth.example.com', delivery: 'body', origins: [origin] }),
      { name: 'TypeError', message: /^origins: / },
      origin
    )
  }
  for (const baseUrl of [
    '', '/auth', 'auth.example.com', 'ftp://auth.example.com', 'capacitor://localhost', 'https://a:b@auth.example.com',
    'https://auth.example.com?a=1', 'https://auth.example.com/#x'
  ]) {
    t.throws(() => createClient({ baseUrl, delivery: 'body' }), { name: 'TypeError', message: /^baseUrl: / }, baseUrl)
  }
  t.end()
})

t.test('a base address with a path is used whole, and paths stay below it', async (t) => {
  const table: Array<[baseUrl: string, input: string, asked: string]> = [
    ['https://example.com/login', '/me', '/login/me'],
    ['https://example.com/login/', '/me?a=1', '/login/me?a=1'],
    ['https://example.com/a/b//', 'me', '/a/b/me'],
    ['https://example.com/login', '../me', '/login/me'],
    ['https://example.com/login', '/../../me', '/login/me'],
    ['https://example.com/login', '/.//evil.example', '/login//evil.example'],
    ['https://example.com/login', 'https://example.com/api/things', '/api/things'],
    ['https://example.com', '/.//evil.example', '//evil.example'],
    ['https://example.com/', 'me', '/me']
  ]
  for (const [baseUrl, input, path] of table) {
    const urls: string[] = []
    const client = createClient({
      baseUrl,
      delivery: 'body',
      fetch: async (asked) => { urls.push(asked instanceof Request ? asked.url : String(asked)); return new Response('{}') }
    })
    await client.fetch(input)
    await client.login('a', 'b').catch(() => {})
    t.strictSame(urls, [`https://example.com${path}`, `${baseUrl.replace(/\/+$/, '')}/auth/login`], `${baseUrl} ${input}`)
  }
})

t.test('the token does not follow a redirect to another origin', async (t) => {
  const { browser, tab } = await createLoggedIn()
  tab.close()
  const seen: Array<string | undefined> = []
  const listen = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => { server.close() })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const evil = await listen((request, response) => { seen.push(request.headers.authorization); response.end('evil') })
  const api = await listen((request, response) => {
    seen.push(request.headers.authorization); response.writeHead(307, {
      location: evil, connection: 'close'
    }).end()
  })
  const { service } = browser
  const client = createClient({
    baseUrl: 'https://auth.example.com',
    delivery: 'body',
    origins: [api],
    fetch: async (input, init) => {
      if (input instanceof Request) return globalThis.fetch(input, init)
      const { body } = service.handle({
        method: 'POST', path: '/auth/login', body: JSON.parse(String(init?.body)), authorization: undefined, cookie: undefined
      })
      return Response.json(body)
    }
  })
  t.teardown(() => client.close())
  await client.login('ada@example.com', 'right')
  t.equal(await (await client.fetch(api)).text(), 'evil')
  t.match(seen, [/^Bearer /, undefined])
})
