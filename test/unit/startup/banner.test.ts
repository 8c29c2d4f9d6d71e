import t from 'tap'
import type { Admin } from '../../../src/startup/admin.ts'
import { formatBanner } from '../../../src/startup/banner.ts'

const existing: Admin = { kind: 'existing', email: 'ada@example.com', others: 0 }
const at = { version: '1.2.3', host: '127.0.0.1', port: 3000, docs: true, mails: true, embedded: true }

t.test('the first start prints its address, the admin and a command to log in', async (t) => {
  t.equal(formatBanner({ ...at, admin: { kind: 'created', email: 'admin@example.com', password: "it's" } }), `
gatepass is at http://localhost:3000
  version   1.2.3
  docs      http://localhost:3000/docs
  mails     http://localhost:3000/dev/mails   (none is sent: set SMTP_URL)
  admin     admin@example.com
  password  it's   (shown this once)

Log in:
  http://localhost:3000/docs#email=admin%40example.com&password=it%27s
  curl http://localhost:3000/auth/login -H 'content-type: application/json' -d '{"email":"admin@example.com","password":"it'\\''s"}'

`)
})

t.test('a later start prints its address, the admin and a command to set a new password', async (t) => {
  t.equal(formatBanner({ ...at, docs: false, mails: false, admin: existing }), `
gatepass is at http://localhost:3000
  version   1.2.3
  admin     ada@example.com   (for a new password, stop the service and run "npx gatepass user password ada@example.com")

`)
  const others = formatBanner({ ...at, embedded: false, admin: { kind: 'existing', email: "o'brien@example.com", others: 2 } })
  t.match(
    others,
    '  admin     o\'brien@example.com, and 2 more   (for a new password, run "npx gatepass user password \'o\'\\\'\'brien@example.com\'")\n'
  )
})

t.test('a password from the settings is not printed', async (t) => {
  const text = formatBanner({ ...at, admin: { kind: 'created', email: 'ada@example.com', password: undefined } })
  t.notMatch(text, /shown this once|#/)
  t.match(text, /ada@example\.com/)
})

t.test('a start without an admin says how to create one', async (t) => {
  t.match(
    formatBanner({ ...at, admin: { kind: 'missing' } }),
    /set ADMIN_EMAIL and ADMIN_PASSWORD .* or stop the service and run "npx gatepass user create EMAIL --role admin"\.\n/
  )
})

t.test('the address can be pasted into a browser', async (t) => {
  for (const [host, address] of [[
    '0.0.0.0', 'localhost'
  ], ['::', 'localhost'], ['192.0.2.7', '192.0.2.7'], ['2001:db8::7', '[2001:db8::7]'], ['auth.internal', 'auth.internal']] as const) {
    t.match(formatBanner({ ...at, host, port: 8080, docs: false, mails: false, admin: existing }), ` http://${address}:8080\n`, host)
  }
})
