// Secrets after a change of SECRET_KEYS, and what maintenance does.
import { sql } from 'kysely'
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { createCodeVerifier } from '../../../src/factors/code-verifier.ts'
import { savePending } from '../../../src/factors/factor-store.ts'
import { applySecondFactorPolicy } from '../../../src/factors/policy.ts'
import { countUnreadableSecrets, reportUnreadableSecrets, resealTotpSecrets } from '../../../src/factors/reseal.ts'
import { createTotpSecret, createTotpSecrets } from '../../../src/factors/totp-secrets.ts'
import { toBase32 } from '../../../src/factors/totp.ts'
import { eachDatabase } from '../../support/database.ts'
import { insertPasskey, showCode } from '../../support/factors.ts'
import { listAuditTypes } from '../../support/rows.ts'
import { createUser } from '../../support/users.ts'

const [OLD, NEW, LOST] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)]

/** A user with TOTP, and another secret that waits to be confirmed. @returns the id and the secret */
async function createEnrolled (database: Database, email: string, key: Buffer): Promise<{ id: string, secret: string }> {
  const id = await createUser(database, email)
  const [secrets, secret] = [createTotpSecrets([key]), createTotpSecret()]
  const [confirmed, pending] = [await secrets.seal(id, secret), await secrets.seal(id, createTotpSecret())]
  await database.kysely.transaction().execute((trx) => savePending(trx, id, pending))
  await sql`update totp set secret_jwe = ${confirmed.jwe}, key_id = ${confirmed.keyId}, confirmed_at = now() where user_id = ${id}`
    .execute(database.kysely)
  return { id, secret: toBase32(secret) }
}

eachDatabase(t, 'all secrets are encrypted again under the first of SECRET_KEYS, in batches', async (t, database) => {
  const users = []
  for (let index = 0; index < 5; index++) users.push(await createEnrolled(database, `user${index}@example.com`, OLD))
  const lost = await createEnrolled(database, 'lost@example.com', LOST)
  const secretKeys = [NEW, OLD]
  t.equal(await resealTotpSecrets(database, { secretKeys, batchSize: 2 }), 10)
  t.equal(await resealTotpSecrets(database, { secretKeys, batchSize: 2 }), 0)
  t.equal(await countUnreadableSecrets(database.kysely, [NEW]), 1)
  const verifier = createCodeVerifier({ database, secretKeys: [NEW] })
  for (const { id, secret } of users) t.match((await verifier.openTotp(id))(showCode(secret)), { kind: 'totp', step: Number })
  t.equal((await verifier.openTotp(lost.id))(showCode(lost.secret)), undefined, 'for the user it is a wrong code')
  const warnings: object[] = []
  await reportUnreadableSecrets({ database, secretKeys: [NEW], log: { warn: (details) => warnings.push(details) } })
  await reportUnreadableSecrets({ database, secretKeys: [NEW, LOST], log: { warn: (details) => warnings.push(details) } })
  t.strictSame(warnings, [{ event: 'totp_secrets_unreadable', count: 1 }])
})

eachDatabase(t, 'MF9: the row of another user logs nobody in', async (t, database) => {
  const [ada, bob] = [await createEnrolled(database, 'ada@example.com', NEW), await createEnrolled(database, 'bob@example.com', NEW)]
  await sql`update totp set secret_jwe = (select secret_jwe from totp where user_id = ${bob.id}) where user_id = ${ada.id}`
    .execute(database.kysely)
  const verifier = createCodeVerifier({ database, secretKeys: [NEW] })
  t.equal((await verifier.openTotp(ada.id))(showCode(bob.secret)), undefined)
  await t.rejects(createTotpSecrets([NEW]).open(ada.id, await readSecret(database, ada.id)), { message: /another user's/ })
})

async function readSecret ({ kysely }: Database, userId: string): Promise<string> {
  const row = await kysely.selectFrom('totp').select('secret_jwe').where('user_id', '=', userId).executeTakeFirstOrThrow()
  return row.secret_jwe ?? ''
}

eachDatabase(t, 'secrets that nobody confirmed for a day are deleted', async (t, database) => {
  const enrolled = await createEnrolled(database, 'ada@example.com', NEW)
  const [bob, eve] = [await createUser(database, 'bob@example.com'), await createUser(database, 'eve@example.com')]
  for (const id of [bob, eve]) {
    const sealed = await createTotpSecrets([NEW]).seal(id, createTotpSecret())
    await database.kysely.transaction().execute((trx) => savePending(trx, id, sealed))
  }
  await sql`update totp set pending_at = now() - interval '25 hours' where user_id <> ${eve}`.execute(database.kysely)
  t.strictSame(await applySecondFactorPolicy(database, { secondFactor: 'optional', batchSize: 1 }), { secrets: 2, users: 0 })
  const rows = await database.kysely.selectFrom('totp').selectAll().orderBy('user_id').execute()
  t.match(rows, [{ user_id: enrolled.id, secret_jwe: String, pending_jwe: null, pending_at: null }, { user_id: eve, pending_jwe: String }])
})

eachDatabase(t, 'who has a factor that a setting demands needs it for changes of the account, too', async (t, database) => {
  const [ada, bob] = [await createUser(database, 'ada@example.com', 'admin'), await createUser(database, 'bob@example.com')]
  const eve = await createUser(database, 'eve@example.com', 'admin')
  for (const id of [ada, bob]) await insertPasskey(database, id)
  const listMarked = async () => (await database.kysely.selectFrom('users').select('id').where('second_factor_since', 'is not', null)
    .orderBy('id').execute()).map(({ id }) => id)
  for (const [secondFactor, users, marked] of [['optional', 0, []], ['admins', 1, [ada]], ['everybody', 1, [ada, bob]]] as const) {
    t.strictSame(await applySecondFactorPolicy(database, { secondFactor, batchSize: 1 }), { secrets: 0, users }, secondFactor)
    t.strictSame(await listMarked(), marked)
  }
  t.notOk((await listMarked()).includes(eve), 'who has none is not locked out of enrolling')
  t.strictSame(await listAuditTypes(database), ['second_factor_required', 'second_factor_required'])
})
