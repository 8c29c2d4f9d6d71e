// The page at / and those of error codes.
import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import * as errors from '../../../src/errors.ts'
import { createHomePage, listErrorCodes, problemPages } from '../../../src/http/index.ts'
import { packageVersion } from '../../../src/package.ts'
import { createHttpApp } from './http-app.ts'

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
const JSON_ONLY = { accept: 'application/json' }

async function createPages (t: Test, { docs = true } = {}) {
  const service = await createHttpApp(t, { home: createHomePage({ docs }) })
  await service.register(problemPages)
  return service
}

t.test('/ says what this is and where to go, in HTML and in JSON', async (t) => {
  const service = await createPages(t)
  for (const url of ['/', '/?from=somewhere']) {
    const page = await service.inject({ url, headers: BROWSER })
    t.match({ status: page.statusCode, ...page.headers }, { status: 200, 'content-type': 'text/html; charset=utf-8', vary: 'accept' })
    for (const link of ['docs', 'openapi.json', 'health/ready', '.well-known/oauth-authorization-server']) {
      t.match(page.body, `<a href="${link}">`)
    }
    t.match(page.body, packageVersion())
  }
  t.strictSame((await service.inject({ url: '/', headers: JSON_ONLY })).json(), {
    name: 'gatepass',
    version: packageVersion(),
    links: { docs: '/docs', openapi: '/openapi.json', health: '/health/ready', metadata: '/.well-known/oauth-authorization-server' }
  })
  t.equal((await service.inject('/')).headers['content-type'], 'text/html; charset=utf-8', 'and in HTML to who asks for nothing')
  t.equal((await service.inject({ method: 'HEAD', url: '/' })).statusCode, 200)
  t.match((await service.inject({ url: '/', headers: { accept: 'image/png' } })).json(), { status: 406, code: 'not_acceptable' })
  t.match((await service.inject({ method: 'POST', url: '/' })).json(), { status: 404, code: 'not_found' })
})

t.test('without Swagger UI, / does not lead there', async (t) => {
  const service = await createPages(t, { docs: false })
  t.notMatch((await service.inject('/')).body, /"docs"/)
  t.notMatch((await service.inject({ url: '/', headers: JSON_ONLY })).json().links, { docs: String })
})

t.test('a team may have a page of its own at /', async (t) => {
  const service = await createPages(t)
  service.get('/', () => 'ours')
  t.equal((await service.inject('/')).body, 'ours')
})

t.test('the pages run no script, load nothing, and allow their style by its hash', async (t) => {
  const service = await createPages(t)
  for (const url of ['/', '/problems/not-found']) {
    const { body, headers } = await service.inject({ url, headers: { 'sec-fetch-site': 'none' } })
    const [, style = ''] = /<style>([^]*)<\/style>/.exec(body) ?? []
    const hash = createHash('sha256').update(style).digest('base64')
    t.equal(
      headers['content-security-policy'],
      `default-src 'none';style-src 'sha256-${hash}';img-src data:;base-uri 'none';form-action 'none';frame-ancestors 'none'`, url
    )
    t.equal(headers['cross-origin-opener-policy'], 'same-origin')
    t.notMatch(body, /<script|\son\w+=|https?:/)
    t.match(body, '<meta name="viewport" content="width=device-width, initial-scale=1">')
  }
})

t.test('the type of every problem leads to a page that says what to do', async (t) => {
  const service = await createPages(t)
  const classes = Object.values(errors).filter((value) => typeof value === 'function' && 'code' in value)
  t.ok(classes.length > 25)
  for (const PublicErrorClass of classes as Array<ReturnType<typeof errors.defineError>>) {
    // Of one code with two statuses, the page is about the first.
    if (PublicErrorClass === errors.SecondFactorNeededError) continue
    const { type, code, status, title } = errors.toProblem(new PublicErrorClass())
    const found = (await service.inject({ url: type, headers: JSON_ONLY })).json()
    t.match(found, { code, status, title, detail: /\.$/, advice: /\.$/ }, code)
    const page = await service.inject({ url: type, headers: BROWSER })
    t.match(page.body, `<h1>${code}</h1>`, code)
    t.match(page.body, `<p>${status} ${title}: `, code)
  }
  const codes = listErrorCodes().map(({ code }) => code)
  t.strictSame(codes, [...new Set(codes)].sort())
})

t.test('errors of a team have pages too, and markup in them is text', async (t) => {
  const service = await createPages(t)
  errors.defineError('article_locked', 423, { alone: 'Somebody edits <this>.', advice: 'Ask "them" & wait.' })
  errors.defineError('article_lost', 410, 'It is gone.')
  const { body } = await service.inject({ url: '/problems/article-locked', headers: BROWSER })
  t.match(body, '<p>423 Locked: Somebody edits &#60;this&#62;.</p>\n<p>Ask &#34;them&#34; &#38; wait.</p>')
  t.strictSame((await service.inject({ url: '/problems/article_lost', headers: JSON_ONLY })).json(), {
    code: 'article_lost', status: 410, title: 'Gone', detail: 'It is gone.'
  })
  for (const url of ['/problems/article-', '/problems/', '/problems', '/problems/__proto__', '/problems/a/b']) {
    t.match((await service.inject({ url, headers: BROWSER })).json(), { status: 404, code: 'not_found' }, url)
  }
})
