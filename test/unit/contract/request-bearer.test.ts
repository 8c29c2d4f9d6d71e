import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HonoRequest } from 'hono/request'
import t, { type Test } from 'tap'
import { readRequestBearer } from '../../../src/contract/bearer.ts'
import { send } from '../../support/sockets.ts'

/** Sends a request as bytes to a server of node:http, and returns what is read from it there. */
async function startReader (t: Test): Promise<(target: string, ...fields: string[]) => Promise<unknown>> {
  const server: Server = createServer((request, response) => response.end(JSON.stringify(readRequestBearer(request))))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  return async (target, ...fields) => {
    const { body } = await send(port, [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...fields, '', ''].join('\r\n'))
    return JSON.parse(body)
  }
}

t.test('TF10, VF21: a request of node:http has exactly one credential, tested over a raw socket', async (t) => {
  const read = await startReader(t)
  const good = 'Authorization: Bearer a.b.c'
  const token = { token: 'a.b.c' }
  const table: Array<[name: string, target: string, fields: string[], expected: unknown]> = [
    ['one', '/', [good], token],
    ['one, in lower case', '/', ['authorization: bearer a.b.c'], token],
    ['one, in capitals', '/', ['AUTHORIZATION: BEARER a.b.c'], token],
    ['one, beside a cookie and a query', '/?a=1&token=x', [good, 'Cookie: access_token=x'], token],
    ['one with a comma, which no token contains', '/', ['Authorization: Bearer a,b'], { token: 'a,b' }],
    ['one without a space', '/', ['Authorization: Bearer'], { token: '' }],
    ['none', '/', [], 'missing_token'],
    ['an empty one', '/', ['Authorization:'], 'missing_token'],
    ['of another scheme', '/', ['Authorization: Basic dTpw'], 'missing_token'],
    ['in a cookie', '/', ['Cookie: access_token=a.b.c'], 'missing_token'],
    ['in a header of another name', '/', ['Proxy-Authorization: Bearer a.b.c', 'X-Authorization: Bearer a.b.c'], 'missing_token'],
    ['in the address', '/?access_token=a.b.c', [], 'missing_token'],
    ['the same twice', '/', [good, good], 'doubled_credentials'],
    ['twice, in other letters', '/', [good, 'aUTHORIZATION: Bearer a.b.c'], 'doubled_credentials'],
    ['two with something between', '/', [good, 'Accept: */*', 'Authorization: Bearer d.e.f'], 'doubled_credentials'],
    ['the second of another scheme', '/', [good, 'Authorization: Basic dTpw'], 'doubled_credentials'],
    ['the first of another scheme', '/', ['Authorization: Basic dTpw', good], 'doubled_credentials'],
    ['the second empty', '/', [good, 'Authorization:'], 'doubled_credentials'],
    ['one more in the address', '/?access_token=a.b.c', [good], 'doubled_credentials'],
    ['one more in the address, empty', '/?access_token', [good], 'doubled_credentials'],
    ['one more in the address, spelt otherwise', '/?a=1&access%5Ftoken=x', [good], 'doubled_credentials'],
    ['one more in the address, spelt otherwise altogether', '/?%61ccess_toke%6e=x', [good], 'doubled_credentials'],
    ['one more in an address with a host', 'http://localhost/?access_token=x', [good], 'doubled_credentials'],
    ['a path that looks like it', '/access_token=x', [good], token],
    ['a member that ends like it', '/?my_access_token=x&access_tokens=x&x=access_token', [good], token]
  ]
  for (const [name, target, fields, expected] of table) t.strictSame(await read(target, ...fields), expected, name)
})

t.test('TF10, VF21: a request of the Fetch API has exactly one credential', async (t) => {
  const doubled = new Headers()
  for (const value of ['Bearer a.b.c', 'Basic dTpw']) doubled.append('authorization', value)
  const good = { authorization: 'Bearer a.b.c' }
  const token = { token: 'a.b.c' }
  const table: Array<[name: string, query: string, headers: Headers | Record<string, string>, expected: unknown]> = [
    ['one', '', good, token],
    ['one, in capitals', '', { AUTHORIZATION: 'BEARER a.b.c' }, token],
    ['one, beside a cookie and a query', '?a=1&token=x', { ...good, cookie: 'access_token=x' }, token],
    ['none', '', {}, 'missing_token'],
    ['an empty one', '', { authorization: '' }, 'missing_token'],
    ['of another scheme', '', { authorization: 'Basic dTpw' }, 'missing_token'],
    ['in a cookie', '', { cookie: 'access_token=a.b.c' }, 'missing_token'],
    ['in the address', '?access_token=a.b.c', {}, 'missing_token'],
    ['two, which are joined', '', doubled, 'doubled_credentials'],
    ['two that somebody has joined', '', { authorization: 'Bearer a.b.c,Bearer a.b.c' }, 'doubled_credentials'],
    ['one more in the address', '?access_token=a.b.c', good, 'doubled_credentials'],
    ['one more in the address, empty', '?access_token', good, 'doubled_credentials'],
    ['one more in the address, spelt otherwise', '?a=1&access%5Ftoken=x', good, 'doubled_credentials'],
    ['a path that looks like it', 'access_token=x', good, token]
  ]
  for (const [name, query, headers, expected] of table) {
    t.strictSame(readRequestBearer(new Request(`https://api.example.com/${query}`, { headers })), expected, name)
  }
  t.strictSame(readRequestBearer(new Request('https://api.example.com/', { headers: [...doubled, ['x', 'y']] })), 'doubled_credentials')
})

t.test('a request of an unknown kind is a TypeError, with and without a good token', async (t) => {
  const headers = { authorization: 'Bearer a.b.c' }
  const table: Array<[name: string, request: unknown]> = [
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a token', 'a.b.c'],
    ['headers', { headers }],
    ['headers of the Fetch API', new Headers(headers)],
    ['a request of Fastify', { headers, query: {}, raw: { headers, rawHeaders: ['authorization', 'Bearer a.b.c'] }, url: '/' }],
    ['a request of Hono', new HonoRequest(new Request('https://api.example.com/', { headers }))],
    ['a context of Koa', { headers, request: { headers }, req: { headers, rawHeaders: [] } }],
    ['an event of a function', { headers, rawPath: '/', queryStringParameters: {} }]
  ]
  for (const [name, request] of table) t.throws(() => readRequestBearer(request as IncomingMessage), TypeError, name)
  t.throws(() => readRequestBearer({ headers } as IncomingMessage), {
    message: 'a guard takes an IncomingMessage of node:http, or a Request of the Fetch API'
  })
})
