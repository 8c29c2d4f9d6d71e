import t from 'tap'
import { createInbox } from '../../../src/mail/index.ts'
import { devMails } from '../../../src/modules/inbox/index.ts'
import { createBareApp } from '../../support/app.ts'

const SIGNAL = AbortSignal.timeout(60_000)

function createMessage (name: string) {
  return {
    id: name,
    date: new Date('2026-01-02T03:04:05Z'),
    from: { name: 'Example', address: 'accounts@example.com' },
    to: `${name}@example.com`,
    subject: `<b>${name}</b>`,
    text: 'Not at https://evil.example:\n\n  http://localhost:3000/auth/pages/reset#token=abc\n\n"><script>alert(1)</script>\n',
    html: '<p>Choose</p>',
    language: 'en'
  }
}

t.test('mails in memory are shown on this machine, as a page and as JSON, newest first', async (t) => {
  const app = await createBareApp(t)
  const inbox = createInbox()
  await app.register(devMails, { inbox })
  const asPage = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  t.match((await app.inject({ url: '/dev/mails', headers: asPage })).body, /There are none yet/)
  for (const name of ['ada', 'bob']) await inbox.send(createMessage(name), SIGNAL)

  const json = await app.inject('/dev/mails')
  t.equal(json.headers['cache-control'], 'no-store')
  t.strictSame(json.json(), {
    mails: ['bob', 'ada'].map(createMessage).map(({ id, to, subject, text, html }) => {
      return { id, date: '2026-01-02T03:04:05.000Z', to, subject, text, html }
    })
  })

  const page = await app.inject({ url: '/dev/mails', headers: asPage })
  t.match(page.headers['content-type'], /^text\/html/)
  const policy = String(page.headers['content-security-policy']).split(';').filter((part) => !/^style-src 'sha256-\S+$/.test(part))
  t.strictSame(policy, ["default-src 'none'", 'img-src data:', "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])
  t.match(page.body, /<h2>&#60;b&#62;bob&#60;\/b&#62;<\/h2>[^]*<h2>&#60;b&#62;ada/)
  t.match(page.body, '<a href="http://localhost:3000/auth/pages/reset#token=abc">')
  t.strictSame(page.body.match(/<a /g)?.length, 2, 'only links in a line of their own')
  t.notMatch(page.body, '<script')
})

t.test('DNS rebinding, proxies and other machines get no mail', async (t) => {
  const app = await createBareApp(t)
  const inbox = createInbox()
  await inbox.send(createMessage('ada'), SIGNAL)
  await app.register(devMails, { inbox })
  const table: ReadonlyArray<[headers: Record<string, string>, status: number]> = [
    [{ host: 'localhost:3000' }, 200], [{ host: '127.0.0.1:3000' }, 200], [{ host: '[::1]:3000' }, 200],
    [{ host: 'LOCALHOST' }, 200],
    [{ host: 'rebound.example:3000' }, 404], [{ host: '127.0.0.1.example.com' }, 404], [{ host: 'localhost.example.com' }, 404],
    [{ host: '@' }, 404], [{ host: 'localhost@rebound.example' }, 404], [{ host: 'rebound.example@localhost' }, 404],
    [{ host: '192.0.2.1' }, 404],
    [{ host: 'localhost', 'x-forwarded-for': '192.0.2.1' }, 404], [{ host: 'localhost', forwarded: 'for=192.0.2.1' }, 404],
    [{ host: 'localhost', via: '1.1 proxy' }, 404], [{ host: 'localhost', 'x-forwarded-host': 'auth.example.com' }, 404]
  ]
  const found: unknown[] = []
  for (const [headers] of table) found.push([headers, (await app.inject({ url: '/dev/mails', headers })).statusCode])
  t.strictSame(found, table)
  t.equal((await app.inject({ url: '/dev/mails', remoteAddress: '192.0.2.1' })).statusCode, 404)
  t.equal((await app.inject({ url: '/dev/mails', remoteAddress: '::ffff:127.0.0.1' })).statusCode, 200)
})

t.test('only the last hundred mails are kept', async (t) => {
  const inbox = createInbox()
  for (let index = 0; index < 105; index++) await inbox.send(createMessage(`user${index}`), SIGNAL)
  const mails = inbox.list()
  t.strictSame([mails.length, mails[0]?.id, mails.at(-1)?.id], [100, 'user104', 'user5'])
})
