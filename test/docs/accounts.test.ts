// docs/accounts.md says what the service does: its numbers are those of the code, and its lines work.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { loadConfig } from '../../src/config/index.ts'
import { openLanguage } from '../../src/language.ts'
import { CODE_SECONDS, LINK_SECONDS } from '../../src/mail/index.ts'
import { toLifetimeSeconds } from '../../src/mail/purposes.ts'
import { decideRetry } from '../../src/mail/retry-policy.ts'
import { toThrottleLimits } from '../../src/throttle/policy.ts'
import { listCodeBlocks } from '../support/documents.ts'

const text = readFileSync('docs/accounts.md', 'utf8')

t.test('links and codes work for as long as it says', async (t) => {
  const rows = [...text.matchAll(/^\| [^|]+ \| ([^|]+) \| [^|]+ \| ([^|]+) \|/gm)].map(([, route = '', time = '']) => [route, time])
  const toTime = (seconds: number) => seconds % 86_400 === 0 && seconds > 86_400 ? `${seconds / 86_400} days` : `${seconds / 3600} h`
  const code = `${CODE_SECONDS / 60} min`
  t.strictSame(rows.slice(1).filter(([, time = '']) => /\d/.test(time)), [
    ['`POST /auth/register`', `link ${toTime(LINK_SECONDS.registration)}, code ${code}`],
    ['`POST /auth/password-reset`', toTime(LINK_SECONDS.password_reset)],
    ['`POST /admin/users/{id}/password-reset`', toTime(LINK_SECONDS.password_reset)],
    ['`POST /admin/users` without `password`, `npx gatepass user invite`', toTime(LINK_SECONDS.invitation)],
    ['`POST /account/email/verification`', code],
    ['`POST /account/email`', code]
  ])
})

t.test('the limits are those of the throttle', async (t) => {
  const { mail: [mailbox, caller] } = toThrottleLimits(10)
  t.match(mailbox, { free: 3, firstWaitMs: 60_000, longestWaitMs: 3_600_000 })
  t.match(caller, { free: 30, firstWaitMs: 60_000, longestWaitMs: 3_600_000 })
  t.match(text, /Mails to one mailbox: three, then one after 60 s, 2 min, 4 min, .* one in an hour\. From one address \(or user\): 30,/)
})

t.test('a mail is tried again when it says', async (t) => {
  const delays = [1, 2, 3, 4, 5, 6].map((attempts) => {
    const decision = decideRetry({ reason: 'auth', replyCode: 535 }, attempts)
    return decision.isFinal ? 'never' : decision.delaySeconds
  })
  t.strictSame(delays, [5, 30, 120, 600, 1800, 1800])
  t.strictSame([toLifetimeSeconds('password_reset'), toLifetimeSeconds('invitation')], [86_400, 7 * 86_400])
  t.match(text, /again after 5 s, 30 s, 2 min and 10 min, and then every half hour for 24 h \(an\s+invitation: 7 days\)/)
})

t.test('its settings are settings', async (t) => {
  const blocks = listCodeBlocks('sh', text).filter((block) => block.startsWith('SMTP_URL='))
  t.equal(blocks.length, 2)
  const servers = blocks.map((block) => {
    const settings = parseEnv(block.replace(/ +#.*$/gm, ''))
    const { mode, smtp, from } = loadConfig({ ...settings }).mail
    return { mode, smtp, from }
  })
  const from = { name: 'Example', address: 'accounts@example.com' }
  t.match(servers, [
    { mode: 'smtp', from, smtp: { host: 'smtp.example.com', port: 587, requireTls: true, auth: { user: 'USER', pass: 'PASSWORD' } } },
    { mode: 'smtp', from, smtp: { host: 'localhost', port: 25, requireTls: false, auth: undefined } }
  ])
})

t.test('the command for a language of one\'s own makes a file that the start takes', async (t) => {
  const [command = ''] = listCodeBlocks('sh', text).filter((block) => block.includes('languages/en.ts'))
  const json = execFileSync('sh', ['-c', command.replace(/ > .*/, '')], { encoding: 'utf8' })
  const file = join(t.testdir(), 'mails.fr.json')
  writeFileSync(file, json.replace('"code": "en"', '"code": "fr"'))
  t.equal((await openLanguage(loadConfig({ MAIL_LANGUAGE: file }))).code, 'fr')
})
