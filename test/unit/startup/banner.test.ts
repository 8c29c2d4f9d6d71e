import t from 'tap'
import { greet, type Admin } from '../../../src/startup/banner.ts'

const known: Admin = { kind: 'known', email: 'ada@example.com', others: 0 }
const at = { host: '127.0.0.1', port: 3000, docs: true, embedded: true }

t.test('the first start says where it is, as whom to log in, and how', async (t) => {
  t.equal(greet({ ...at, admin: { kind: 'made', email: 'admin@example.com', password: "it's" } }), `
gatepass is at http://localhost:3000
  docs      http://localhost:3000/docs
  admin     admin@example.com
  password  it's   (shown this once)

Log in:
  curl http://localhost:3000/auth/login -H 'content-type: application/json' -d '{"email":"admin@example.com","password":"it'\\''s"}'

`)
})

t.test('a later start says where it is, who the admin is, and what to do about a lost password', async (t) => {
  t.equal(greet({ ...at, docs: false, admin: known }), `
gatepass is at http://localhost:3000
  admin     ada@example.com   (for a new password stop this, and run "npx gatepass user password ada@example.com")

`)
  const others = greet({ ...at, embedded: false, admin: { kind: 'known', email: "o'brien@example.com", others: 2 } })
  t.match(others, '  admin     o\'brien@example.com, and 2 more   (for a new password run "npx gatepass user password \'o\'\\\'\'brien@example.com\'")\n')
})

t.test('a password that was given is not shown', async (t) => {
  const text = greet({ ...at, admin: { kind: 'made', email: 'ada@example.com', password: undefined } })
  t.notMatch(text, /shown this once/)
  t.match(text, /ada@example\.com/)
})

t.test('a start without an admin asks for one', async (t) => {
  t.match(greet({ ...at, admin: { kind: 'missing' } }), /set ADMIN_EMAIL and ADMIN_PASSWORD .* or stop this, and run "npx gatepass user create EMAIL --role admin"\.\n/)
})

t.test('the address is one that can be pasted', async (t) => {
  for (const [host, address] of [['0.0.0.0', 'localhost'], ['::', 'localhost'], ['192.0.2.7', '192.0.2.7'], ['2001:db8::7', '[2001:db8::7]'], ['auth.internal', 'auth.internal']] as const) {
    t.match(greet({ host, port: 8080, docs: false, embedded: true, admin: known }), ` http://${address}:8080\n`, host)
  }
})
