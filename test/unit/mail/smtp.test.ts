import t, { type Test } from 'tap'
import { DeliveryError, verifySmtp } from '../../../src/mail/index.ts'
import type { Message } from '../../../src/mail/transport.ts'
import { createCertificate } from '../../support/certificate.ts'
import { smtpTransport } from '../../support/sender.ts'
import { startMailServer, type MailServer } from '../../support/smtp.ts'

const MESSAGE: Message = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  date: new Date('2026-01-02T03:04:05Z'),
  from: { name: 'Bücher, Inc.', address: 'accounts@xn--bcher-kva.example' },
  to: 'ada@example.com',
  subject: 'Ihr Konto: Grüße',
  text: 'Choose a password:\n\n  https://auth.example.com/auth/pages/reset#token=AbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX\n',
  html: '<!doctype html>\n<p>Grüße</p>\n',
  language: 'de'
}

const signal = AbortSignal.timeout(60_000)
const reasonOf = (error: unknown) => error instanceof DeliveryError ? { reason: error.reason, message: error.message } : error

async function send (t: Test, server: MailServer, options: Parameters<typeof smtpTransport>[1] = {}): Promise<unknown> {
  const transport = await smtpTransport(server.port, options)
  t.teardown(() => transport.close())
  return transport.send(MESSAGE, signal).then(() => 'sent', reasonOf)
}

t.test('a mail has the headers that programs go by, and a link that is whole', async (t) => {
  const server = await startMailServer(t)
  t.equal(await send(t, server), 'sent')
  const [{ source, from, to }] = server.received as [MailServer['received'][number]]
  // The server decodes domains.
  t.strictSame({ from, to }, { from: 'accounts@bücher.example', to: 'ada@example.com' })
  const [head = ''] = source.split('\r\n\r\n', 1)
  const headers = head.replace(/\r\n\s+/g, ' ').replace(/boundary="[^"]*"/, 'boundary').split('\r\n').sort()
  t.strictSame(headers, [
    'Auto-Submitted: auto-generated',
    'Content-Language: de',
    'Content-Type: multipart/alternative; boundary',
    'Date: Fri, 02 Jan 2026 03:04:05 +0000',
    'From: =?UTF-8?Q?B=C3=BCcher=2C_Inc=2E?= <accounts@xn--bcher-kva.example>',
    'MIME-Version: 1.0',
    'Message-ID: <01890a5d-ac96-774b-bcce-b302099a8057@xn--bcher-kva.example>',
    'Subject: =?UTF-8?Q?Ihr_Konto=3A_Gr=C3=BC=C3=9Fe?=',
    'To: ada@example.com'
  ])
  const text = source.replace(/=\r\n/g, '').replaceAll('=3D', '=')
  t.match(text, /^ {2}https:\/\/auth\.example\.com\/auth\/pages\/reset#token=[A-Za-z]{50}\r$/m)
  t.match(source, /^Content-Type: text\/plain; charset=utf-8\r$/m)
})

t.test('addresses and names that look like headers or lists stay one address', async (t) => {
  const server = await startMailServer(t)
  const transport = await smtpTransport(server.port)
  t.teardown(() => transport.close())
  const hostile = ["o'brien+a=b@example.com", '{x}|y@example.com', 'a.b-c_d~e@xn--bcher-kva.example', 'müller@example.com']
  for (const to of hostile) {
    await transport.send({ ...MESSAGE, to, from: { name: 'A, B <c@example.com>', address: 'accounts@example.com' } }, signal)
  }
  t.strictSame(server.received.map(({ to }) => to), hostile.map((to) => to.replace('xn--bcher-kva', 'bücher')))
  t.notOk(server.received.some(({ source }) => /^(Cc|Bcc):/m.test(source)))
})

t.test('connections are reused', async (t) => {
  const server = await startMailServer(t)
  const transport = await smtpTransport(server.port)
  for (let index = 0; index < 5; index++) await transport.send(MESSAGE, signal)
  t.strictSame([server.received.length, server.connections], [5, 1])
  transport.close()
})

t.test('without TLS nothing is sent where it is required, not even the password', async (t) => {
  const server = await startMailServer(t, { password: 'correct horse' })
  const auth = { user: 'ada', pass: 'correct horse' }
  t.strictSame(await send(t, server, { requireTls: true, auth }), { reason: 'tls', message: 'STARTTLS 500' })
  t.strictSame(server.received, [])
  t.equal(await send(t, server, { auth }), 'sent')
  t.strictSame(await send(t, server, { auth: { user: 'ada', pass: 'wrong' } }), { reason: 'auth', message: 'AUTH PLAIN 535 5.7.8' })
})

t.test('credentials that a server does not ask for are a fault, not left out', async (t) => {
  const server = await startMailServer(t)
  t.match(await send(t, server, { auth: { user: 'ada', pass: 'x' } }), { reason: 'auth' })
})

t.test('STARTTLS and TLS from the start are verified', async (t) => {
  const pair = createCertificate(t.testdir())
  const [upgrading, secure] = [await startMailServer(t, pair), await startMailServer(t, { ...pair, secure: true })]
  for (const [server, options] of [[upgrading, { requireTls: true }], [secure, { secure: true }]] as const) {
    t.match(await send(t, server, options), { reason: 'tls' }, 'a certificate of an unknown authority')
    t.strictSame(server.received, [])
  }
})

t.test('a server can be tried without a mail', async (t) => {
  const server = await startMailServer(t, { password: 'correct horse' })
  const options = { host: '127.0.0.1', port: server.port, secure: false, requireTls: false }
  await verifySmtp({ ...options, auth: { user: 'ada', pass: 'correct horse' } })
  const wrong = await verifySmtp({ ...options, auth: { user: 'ada', pass: 'wrong' } }).catch(reasonOf)
  t.strictSame(wrong, { reason: 'auth', message: 'AUTH PLAIN 535 5.7.8' })
  await server.close()
  t.strictSame(await verifySmtp({ ...options, auth: undefined }).catch(reasonOf), { reason: 'connection', message: 'CONN ECONNREFUSED' })
  t.strictSame(server.received, [])
})
