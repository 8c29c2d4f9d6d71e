// The service as it is started with SMTP_URL: from a request to the mail server.
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/config.ts'
import { closeExceptDatabase, openWithDatabase } from '../../src/dependencies.ts'
import { createLog } from '../../src/http/index.ts'
import { startMailSender } from '../../src/mail-sender.ts'
import { eachDatabase } from '../support/database.ts'
import { SECRET_KEYS } from '../support/service.ts'
import { startMailServer } from '../support/smtp.ts'
import { until } from '../support/until.ts'

eachDatabase(t, 'a mail that a request asks for reaches the server of SMTP_URL, from MAIL_FROM, in MAIL_LANGUAGE', async (t, database) => {
  const server = await startMailServer(t, { password: 'p#1' })
  const config = loadConfig({
    SECRET_KEYS,
    ISSUER: 'https://auth.example.com',
    REGISTRATION: 'open',
    SMTP_URL: `smtp://ada:p%231@127.0.0.1:${server.port}`,
    MAIL_FROM: 'Beispiel <konto@example.com>',
    APP_NAME: 'Beispiel',
    MAIL_LANGUAGE: 'de'
  })
  const dependencies = await openWithDatabase(config, database, createLog({ level: 'silent' }))
  const app = await buildApp(config, dependencies)
  const sender = await startMailSender(config, dependencies)
  t.teardown(async () => {
    await Promise.all([app.close(), sender.close()])
    await closeExceptDatabase(dependencies)
  })
  const reply = await app.inject({ method: 'POST', url: '/auth/register', payload: { email: 'ada@example.org' } })
  t.equal(reply.statusCode, 202)
  await until(() => server.received.length > 0)
  const [mail] = server.received
  t.match(mail, { from: 'konto@example.com', to: 'ada@example.org' })
  t.match(mail?.source, /^From: Beispiel <konto@example\.com>\r$/m)
  t.match(mail?.source, /^Subject: Ihr Konto bei Beispiel\r$/m)
  const text = mail?.source.replace(/=\r\n/g, '').replaceAll('=3D', '=')
  t.match(text, /^ {2}https:\/\/auth\.example\.com\/auth\/pages\/register#token=\S{50}\r$/m)
})
