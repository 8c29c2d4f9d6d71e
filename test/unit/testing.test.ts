// `gatepass/testing`, as the tests of a team use it.
import t from 'tap'
import { createTestService } from '../../src/testing.ts'

const PASSWORD = 'a long sentence of a test'

t.test('a team can test what is mailed: nothing is sent to anybody', async (t) => {
  const service = await createTestService({}, { REGISTRATION: 'open', DEFAULT_ROLE: 'user', APP_NAME: 'Notes' })
  t.teardown(() => service.close())
  const post = (url: string, payload: object) => service.app.inject({ method: 'POST', url, payload })
  t.strictSame(await service.mails(), [])
  t.equal((await post('/auth/register', { email: 'ada@example.com' })).statusCode, 202)
  const [mail, ...others] = await service.mails()
  t.strictSame(others, [])
  t.match(mail, { to: 'ada@example.com', subject: 'Your account at Notes', html: /<html lang="en">/ })
  const [, token] = /#token=(\S+)$/m.exec(mail?.text ?? '') ?? []
  t.equal((await post('/auth/register/complete', { token, password: PASSWORD })).statusCode, 201)
  t.equal((await post('/auth/login', { email: 'ada@example.com', password: PASSWORD })).statusCode, 200)
  t.equal((await post('/auth/password-reset', { email: 'ada@example.com' })).statusCode, 202)
  t.strictSame((await service.mails()).map(({ subject }) => subject), ['A new password for Notes', 'Your account at Notes'])
})
