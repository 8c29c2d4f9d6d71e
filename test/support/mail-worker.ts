// The sender in a process of its own, to be killed: its arguments are the URL of the database and the port of the mail server.
import { createDatabase } from '../../src/database/create.ts'
import { en } from '../../src/languages/en.ts'
import { createMailCounters } from '../../src/mail/counters.ts'
import { renderMail } from '../../src/mail/render.ts'
import { MailSender } from '../../src/mail/sender.ts'
import { createSmtpTransport } from '../../src/mail/smtp.ts'

const [url = '', port = ''] = process.argv.slice(2)
const log = { info () {}, warn () {} }
const database = await createDatabase({ url, poolSize: 3, dataDir: undefined, log })
const from = { name: 'Example', address: 'accounts@example.com' }
const sender = new MailSender({
  database,
  transport: await createSmtpTransport({ host: '127.0.0.1', port: Number(port), secure: false, requireTls: false, auth: undefined }),
  resolve: async ({ address }) => address && { to: address.display, template: 'account_exists' },
  render: (mail, content) => renderMail(mail, content, { language: en, appName: 'Example', from }),
  counters: createMailCounters(),
  log,
  slots: 2
})
await sender.start({ onMail () {} })
