// DESIGN-IDENTITY 7, line 8: a mail server as people have it takes our mails, and delivers them to a mailbox.
import t from 'tap'
import { createDatabase, migrateUp } from '../../src/database/index.ts'
import { de } from '../../src/languages/index.ts'
import { renderMail } from '../../src/mail/index.ts'
import { addMail, createSender, FROM, readMails, smtpTransport } from '../support/sender.ts'
import { startPostfix, withoutPostfix } from '../support/postfix.ts'
import { SILENT } from '../support/silent-log.ts'
import { until } from '../support/until.ts'

const LINK = `https://auth.example.com/auth/pages/reset#token=${'Ab1_-'.repeat(10)}`

/** RFC 2045 6.7 */
function decodeQuotedPrintable (text: string): string {
  const bytes = text.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/g, (_code, hex) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

t.test('a Postfix delivers a mail to its mailbox, and says which addresses do not exist', { skip: withoutPostfix }, async (t) => {
  const postfix = await startPostfix(t)
  const database = await createDatabase({ url: undefined, poolSize: 1, dataDir: undefined, log: SILENT })
  t.teardown(() => database.close())
  await migrateUp(database)
  const { sender } = createSender(t, database, {
    transport: await smtpTransport(postfix.port),
    resolve: async ({ address }) => address && { to: address.display, template: 'password_reset', link: LINK },
    render: (mail, content) => renderMail(mail, content, { language: de, appName: 'Söhne & Co', from: FROM })
  })
  const id = await addMail(database, 'ada@example.com')
  await addMail(database, 'nobody@example.com')
  await addMail(database, 'eve@example.org')
  await sender.sendDue()
  t.strictSame((await readMails(database)).map(({ address, state, attempts, last_error: error }) => [address, state, attempts, error]), [
    ['ada@example.com', 'sent', 1, null],
    ['eve@example.org', 'failed', 1, 'RCPT TO 554 5.7.1'],
    ['nobody@example.com', 'failed', 1, 'RCPT TO 550 5.1.1']
  ])
  await until(() => postfix.readMailbox().length > 0)
  const [source = '', ...others] = postfix.readMailbox()
  t.strictSame(others, [])
  const [head = ''] = source.split('\n\n', 1)
  t.match(head, `\nMessage-ID: <${id}@example.com>\n`)
  t.match(head, /^Return-Path: <accounts@example\.com>$/m)
  t.match(head, /^From: Example <accounts@example\.com>$/m)
  t.match(head, /^Subject: =\?UTF-8\?Q\?Neues_Passwort_f=C3=BCr_S=C3=B6hne_=26_C/m)
  t.match(head, /^Auto-Submitted: auto-generated$/m)
  const body = decodeQuotedPrintable(source.slice(head.length))
  t.match(body, `\n  ${LINK}\n`)
  t.match(body, 'Der Link gilt 1 Stunde und nur einmal. Danach sind Sie überall abgemeldet.')
})
