import t from 'tap'
import { AmbiguousCredentialsError, CrossSiteError, InvalidRequestError } from '../../../src/errors.ts'
import { createSessionCookie } from '../../../src/sessions/cookies.ts'

const at = (issuer: string, cookieDomain?: string) =>
  createSessionCookie({ issuer, corsOrigins: ['https://app.example.com'], cookieDomain })
const asking = (headers: Record<string, string>) => ({ headers })
const https = at('https://auth.example.com')

t.test('HC10: the cookie is named and scoped by where the issuer is', async (t) => {
  const table: Array<[issuer: string, cookieDomain: string | undefined, cookie: string]> = [
    ['https://auth.example.com', undefined, '__Host-gatepass=v; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict'],
    ['https://auth.example.com', 'example.com',
      '__Secure-gatepass=v; Max-Age=60; Path=/auth; Domain=example.com; HttpOnly; Secure; SameSite=Strict'],
    ['http://localhost:3000', undefined, 'gatepass-3000=v; Max-Age=60; Path=/; HttpOnly; SameSite=Strict'],
    ['http://localhost', undefined, 'gatepass-80=v; Max-Age=60; Path=/; HttpOnly; SameSite=Strict'],
    ['http://127.0.0.1:3001', undefined, 'gatepass-3001=v; Max-Age=60; Path=/; HttpOnly; SameSite=Strict'],
    ['http://[::1]:3000', 'example.com', 'gatepass-3000=v; Max-Age=60; Path=/; HttpOnly; SameSite=Strict']
  ]
  for (const [issuer, cookieDomain, cookie] of table) {
    t.equal(at(issuer, cookieDomain).format('v', 60), cookie)
    t.equal(at(issuer, cookieDomain).cleared, cookie.replace('=v; Max-Age=60', '=; Max-Age=0'), 'taken back with the same attributes')
    t.doesNotThrow(() => at(issuer, cookieDomain).assertUsable())
  }
})

t.test('HC19: plain http to another machine has no cookie', async (t) => {
  for (const issuer of ['http://auth.example.com', 'http://127.0.0.1.example.com', 'http://localhost.example.com']) {
    t.throws(() => at(issuer).assertUsable(), InvalidRequestError, issuer)
  }
})

t.test('the cookie is found among others, by its exact name', async (t) => {
  const table: Array<[header: string | undefined, value: string | undefined]> = [
    [undefined, undefined],
    ['', undefined],
    ['other=1; __Host-gatepass=v', 'v'],
    ['__Host-gatepass=v;other=1', 'v'],
    ['__Host-gatepass=', ''],
    ['gatepass=v; __Secure-gatepass=v; __Host-gatepass2=v; x__Host-gatepass=v', undefined],
    ['__host-gatepass=v', undefined],
    ['other=__Host-gatepass=v', undefined]
  ]
  for (const [header, value] of table) t.equal(https.read(asking(header === undefined ? {} : { cookie: header })), value, String(header))
})

t.test('HC12: two cookies of the name are ambiguous', async (t) => {
  for (const cookie of [
    '__Host-gatepass=v; __Host-gatepass=v', '__Host-gatepass=v;__Host-gatepass =w', '__Host-gatepass=v; =__Host-gatepass=w'
  ]) {
    t.throws(() => https.read(asking({ cookie })), AmbiguousCredentialsError, cookie)
  }
})

t.test('the way out of two cookies takes back each one that we would not set, and no other', async (t) => {
  const ours = (domain: string) => ['/', '/auth', '/auth/', '/auth/refresh']
    .map((path) => `__Secure-gatepass=; Max-Age=0; Path=${path}; ${domain}Secure`)
  const byHost = '__Host-gatepass=; Max-Age=0; Path=/; Secure'
  const all = [...ours(''), ...ours('Domain=a.example.com; '), ...ours('Domain=example.com; '), byHost]
  const table: Array<[issuer: string, cookieDomain: string | undefined, cleared: string[]]> = [
    ['https://a.example.com', undefined, all.filter((line) => line !== byHost)],
    ['https://a.example.com', 'example.com', all.filter((line) => !line.includes('Path=/auth; Domain=example.com;'))],
    ['https://a.example.com', 'a.example.com', all.filter((line) => !line.includes('Path=/auth; Domain=a.example.com;'))],
    ['https://192.0.2.1', undefined, ours('')],
    ['https://[2001:db8::1]', undefined, ours('')],
    ['https://localhost:8443', undefined, ours('')],
    ['http://localhost:3000', undefined, ['/auth', '/auth/', '/auth/refresh'].map((path) => `gatepass-3000=; Max-Age=0; Path=${path}`)]
  ]
  for (const [issuer, cookieDomain, cleared] of table) {
    t.strictSame(at(issuer, cookieDomain).clearOthers('/auth/refresh'), cleared, `${issuer} ${cookieDomain}`)
  }
})

t.test('HC7: only pages of our own origin, or of a listed one, use the cookie', async (t) => {
  const table: Array<[headers: Record<string, string>, isAllowed: boolean]> = [
    [{ origin: 'https://auth.example.com' }, true],
    [{ origin: 'https://auth.example.com', 'sec-fetch-site': 'same-origin' }, true],
    [{ origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' }, true],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{}, false],
    [{ host: 'auth.example.com' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ origin: 'https://auth.example.com', 'sec-fetch-site': 'cross-site' }, false],
    [{ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ origin: 'http://auth.example.com' }, false],
    [{ origin: 'https://auth.example.com:8443' }, false],
    [{ origin: 'https://auth.example.com/' }, false],
    [{ origin: 'https://AUTH.example.com' }, false],
    [{ origin: 'https://auth.example.com.evil.example' }, false],
    [{ origin: 'https://evilapp.example.com' }, false],
    [{ origin: 'https://app.example.com, https://evil.example' }, false]
  ]
  for (const [headers, isAllowed] of table) {
    const assert = () => https.assertSameSite(asking(headers))
    if (isAllowed) t.doesNotThrow(assert, JSON.stringify(headers))
    else t.throws(assert, CrossSiteError, JSON.stringify(headers))
  }
})
