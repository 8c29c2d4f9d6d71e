import { randomUUID } from 'node:crypto'
import t from 'tap'
import { TooManyAttemptsError, WrongCodeError } from '../../../src/errors.ts'
import { createOutbox } from '../../../src/mail/index.ts'
import { createEmailProofs, createProofSecrets } from '../../../src/proofs/index.ts'
import { eachDatabase } from '../../support/database.ts'

eachDatabase(t, 'AB14: tries of one code are limited before the database is asked', async (t, database) => {
  const secretKeys = [Buffer.alloc(32, 7)]
  const secrets = createProofSecrets({ secretKeys, issuer: 'https://auth.example.com' })
  const open = createEmailProofs({ database, secretKeys, secrets, loginRatePerMinute: 2, outbox: createOutbox({ isEnabled: true }) })
  const proofs = open({ userId: randomUUID(), sessionId: randomUUID(), level: 1, origin: { ip: null, userAgent: null, requestId: null } })
  const handle = secrets.toHandle({ id: randomUUID(), purpose: 'email_verification' })
  for (let attempt = 0; attempt < 2; attempt++) {
    await t.rejects(proofs.confirmVerification({ handle, code: '00000000' }), WrongCodeError)
  }
  await t.rejects(proofs.confirmVerification({ handle, code: '00000000' }), TooManyAttemptsError)
  t.equal((await database.kysely.selectFrom('audit_events').select('id').execute()).length, 2)
})
