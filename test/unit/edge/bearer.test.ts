import fc from 'fast-check'
import t from 'tap'
import { parseBearer } from '../../../src/contract/bearer.ts'
import { createGuardedApp, DOUBLED, MISSING_TOKEN } from './apps.ts'
import { bearer } from '../../support/tokens.ts'
import { listen, send } from '../../support/sockets.ts'

t.test('a bearer token is the text after one space', async (t) => {
  const table: Array<[authorization: string, token: string | undefined]> = [
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER a.b.c', 'a.b.c'],
    ['Bearer a b', 'a b'],
    ['Bearer  abc', ' abc'],
    // The scheme is Bearer and the form is wrong: an invalid token, not a missing one.
    ['Bearer', ''],
    ['Bearer ', ''],
    ['Bearer\tabc', ''],
    ['Bearer,abc', ''],
    ['Bearer=abc', ''],
    // RFC 9110 5.6.2: these characters would belong to the name of a scheme.
    ['Bearerabc', undefined],
    ['Bearer-abc', undefined],
    ['Bearer~ abc', undefined],
    ['', undefined],
    [' Bearer abc', undefined],
    ['Basic Bearer', undefined],
    ['Token abc', undefined],
    ['DPoP abc', undefined]
  ]
  for (const [authorization, token] of table) t.equal(parseBearer(authorization), token, JSON.stringify(authorization))
})

t.test('any token is parsed unchanged', async () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('Bearer', 'bearer', 'bEARER'), (token, scheme) => parseBearer(`${scheme} ${token}`) === token)
  )
})

t.test('TF10, VF21, ER5: a request has exactly one credential, tested over a raw socket', async (t) => {
  const app = await createGuardedApp(t)
  const port = await listen(app)
  const ask = async (target: string, ...fields: string[]) => {
    const request = [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...fields, '', ''].join('\r\n')
    const { status, headers, body } = await send(port, request)
    return { status, challenge: headers['www-authenticate'], body: JSON.parse(body) }
  }
  const [first, second] = [bearer({ role: 'user' }), bearer({ role: 'admin' })]
  const accepted = { status: 200, challenge: undefined }
  const missing = { status: 401, challenge: 'Bearer', body: MISSING_TOKEN }
  const doubled = {
    status: 400, challenge: 'Bearer error="invalid_request", error_description="Send exactly one credential."', body: DOUBLED
  }
  const table: Array<[name: string, target: string, fields: string[], expected: object]> = [
    ['one', '/campaigns', [`Authorization: ${first}`], accepted],
    ['one, in capitals', '/campaigns', [`AUTHORIZATION: ${first}`], accepted],
    ['one, beside a cookie, which is none', '/campaigns', [`Authorization: ${first}`, 'Cookie: __Host-gatepass=x'], accepted],
    ['none', '/campaigns', [], missing],
    ['an empty one', '/campaigns', ['Authorization:'], missing],
    ['of another scheme', '/campaigns', ['Authorization: Basic dTpw'], missing],
    ['in a cookie', '/campaigns', [`Cookie: access_token=${first.slice(7)}`], missing],
    // RFC 6750 3: an unsupported scheme counts as a missing token, without an error code.
    ['in the address', `/campaigns?access_token=${first.slice(7)}`, [], missing],
    ['two that differ', '/campaigns', [`Authorization: ${first}`, `Authorization: ${second}`], doubled],
    ['the same twice', '/campaigns', [`Authorization: ${first}`, `authorization: ${first}`], doubled],
    ['two with something between', '/campaigns', [`Authorization: ${first}`, 'Accept: */*', `AuThOrIzAtIoN: ${first}`], doubled],
    ['the second of another scheme', '/campaigns', [`Authorization: ${first}`, 'Authorization: Basic dTpw'], doubled],
    ['the first of another scheme', '/campaigns', ['Authorization: Basic dTpw', `Authorization: ${first}`], doubled],
    ['the second empty', '/campaigns', [`Authorization: ${first}`, 'Authorization:'], doubled],
    ['the second broken', '/campaigns', [`Authorization: ${first}`, 'Authorization: Bearer x.y.z'], doubled],
    ['one more in the address', `/campaigns?access_token=${second.slice(7)}`, [`Authorization: ${first}`], doubled],
    ['one more in the address, empty', '/campaigns?access_token', [`Authorization: ${first}`], doubled],
    ['one more in the address, spelt otherwise', '/campaigns?a=1&access%5Ftoken=x', [`Authorization: ${first}`], doubled]
  ]
  for (const [name, target, fields, expected] of table) t.match(await ask(target, ...fields), expected, name)
})
