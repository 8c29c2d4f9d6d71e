// How many mails are sent to a mailbox, and for a caller.
import t from 'tap'
import { createThrottle } from '../../../src/throttle/index.ts'
import { eachDatabase } from '../../support/database.ts'

const SECRET_KEYS = [Buffer.alloc(32, 7)]

eachDatabase(t, 'AB14: a mailbox gets three mails, resets count apart, and other mailboxes are not concerned', async (t, database) => {
  const throttle = createThrottle({ database, loginRatePerMinute: 10, secretKeys: SECRET_KEYS })
  const results: Array<string | undefined> = []
  let caller = 0
  const ask = async (mailbox: string, isReset: boolean) => {
    caller++
    const admitted = throttle.admitMail({ mailbox, isReset, caller: { ip: `192.0.2.${caller}` } })
    results.push(await admitted.then(() => 'sent', (error) => error.headers['retry-after']))
  }
  for (let mail = 0; mail < 4; mail++) await ask('ada@example.com', false)
  // Whoever asks for other mails in somebody's name does not keep them from a new password.
  for (let mail = 0; mail < 4; mail++) await ask('ada@example.com', true)
  await ask('bob@example.com', false)
  t.strictSame(results, ['sent', 'sent', 'sent', '60', 'sent', 'sent', 'sent', '60', 'sent'])
})

eachDatabase(t, 'AB14: an address may ask for thirty mails, and so may a user', async (t, database) => {
  const throttle = createThrottle({ database, loginRatePerMinute: 10, secretKeys: SECRET_KEYS })
  for (const caller of [{ ip: '192.0.2.1' }, { userId: '01931f0e-7c4a-7b1e-8d2f-3a4b5c6d7e8f' }]) {
    const ask = async (mail: number) => throttle.admitMail({ mailbox: `${mail}@example.com`, caller })
    for (let mail = 0; mail < 30; mail++) await ask(mail)
    await t.rejects(ask(30), { code: 'too_many_attempts', headers: { 'retry-after': '60' } }, Object.keys(caller).join())
  }
})
