import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import { parseEmail, voidMailedProofs, type ProofPurpose } from '../../../src/accounts/index.ts'
import { listAudit } from '../../../src/audit/index.ts'
import { transact, type Database } from '../../../src/database/index.ts'
import { InvalidProofError } from '../../../src/errors.ts'
import { createOutbox } from '../../../src/mail/index.ts'
import { findProof, openProof, tryCode, useProof } from '../../../src/proofs/proof-store.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { leaseMails } from '../../support/mails.ts'
import { until } from '../../support/until.ts'

const ADDRESS = parseEmail('Ada@example.com')
const ORIGIN = { ip: '192.0.2.1', userAgent: 'browser', requestId: null }
const outbox = createOutbox({ isEnabled: true })

/** A mail that an instance sends for the first time. */
async function addMail (database: Database, purpose: ProofPurpose = 'registration'): Promise<string> {
  const id = await outbox.enqueue(database.kysely, { purpose, address: ADDRESS })
  await leaseMails(database)
  return id
}

async function addProof (database: Database, { purpose = 'registration', userId }: { purpose?: ProofPurpose, userId?: string } = {}) {
  const id = await addMail(database, purpose)
  await openProof(database.kysely, { id, purpose, attempts: 1, userId, email: ADDRESS })
  return { id, purpose }
}

async function age (database: Database, seconds: number): Promise<void> {
  await sql`update mail_proofs set expires_at = expires_at - make_interval(secs => ${seconds}),
    code_expires_at = code_expires_at - make_interval(secs => ${seconds})`.execute(database.kysely)
}

const countProofs = async ({ kysely }: Database) => (await kysely.selectFrom('mail_proofs').select('id').execute()).length

eachDatabase(t, 'a proof is opened by the attempt that sends its mail, and by no other', async (t, database) => {
  const purpose = 'registration'
  const id = await addMail(database)
  const open = (attempts: number) => openProof(database.kysely, { id, purpose, attempts, userId: undefined, email: ADDRESS })
  t.strictSame([await open(0), await open(2), await countProofs(database)], [false, false, 0])
  t.ok(await open(1))
  t.strictSame(await findProof(database.kysely, { id, purpose }), { id, purpose, means: 'link', userId: undefined, email: ADDRESS })
  for (const state of ['sent', 'failed', 'expired', 'closed']) {
    await database.kysely.updateTable('mails').set({ state }).where('id', '=', id).execute()
    t.notOk(await open(1), state)
  }
  t.notOk(await openProof(database.kysely, { id: randomUUID(), purpose, attempts: 1, userId: undefined, email: ADDRESS }), 'no such mail')
})

eachDatabase(t, 'the next attempt begins the time anew, finds who has the address now, and forgets no wrong code', async (t, database) => {
  const [userId, purpose] = [randomUUID(), 'password_reset' as const]
  const proof = await addProof(database, { purpose, userId: randomUUID() })
  await tryCode(database.kysely, { ...proof, isRight: false, origin: ORIGIN })
  await age(database, 3601)
  t.equal(await findProof(database.kysely, proof), undefined)
  await leaseMails(database)
  const email = parseEmail('eve@example.com')
  t.ok(await openProof(database.kysely, { ...proof, attempts: 2, userId, email }))
  t.strictSame(await findProof(database.kysely, proof), { ...proof, means: 'link', userId, email })
  t.strictSame(await database.kysely.selectFrom('mail_proofs').select('tries').execute(), [{ tries: 1 }])
})

eachDatabase(t, 'a link lives longer than a code, and nothing is found after its end, or for another purpose', async (t, database) => {
  const lives: Array<[ProofPurpose, number]> = [
    ['registration', 86_400], ['password_reset', 3600], ['invitation', 7 * 86_400], ['email_verification', 600], ['email_change', 600]
  ]
  for (const [purpose, seconds] of lives) {
    const proof = await addProof(database, { purpose })
    const byLink = async () => (await findProof(database.kysely, proof))?.means
    const byCode = async () => (await tryCode(database.kysely, { ...proof, isRight: true, origin: ORIGIN }))?.means
    t.strictSame([await byLink(), await byCode()], ['link', 'code'], purpose)
    const other = purpose === 'invitation' ? 'registration' : 'invitation'
    t.equal(await findProof(database.kysely, { ...proof, purpose: other }), undefined, purpose)
    await age(database, 595)
    t.strictSame([await byLink(), await byCode()], ['link', 'code'], purpose)
    await age(database, 5)
    t.equal(await byCode(), undefined, purpose)
    if (seconds > 600) {
      await age(database, seconds - 605)
      t.equal(await byLink(), 'link', purpose)
      await age(database, 5)
    }
    t.equal(await byLink(), undefined, purpose)
    await t.rejects(transact(database, (trx) => useProof(trx, { ...proof, means: 'link' })), InvalidProofError, purpose)
    await t.rejects(transact(database, (trx) => useProof(trx, { ...proof, means: 'code' })), InvalidProofError, purpose)
  }
})

eachDatabase(t, 'after five wrong codes the right one is refused, and the link still works', async (t, database) => {
  const proof = await addProof(database)
  const attempt = async (isRight: boolean) => (await tryCode(database.kysely, { ...proof, isRight, origin: ORIGIN }))?.id
  for (let turn = 1; turn < 5; turn++) t.equal(await attempt(false), undefined)
  t.equal(await attempt(true), proof.id, 'a right one is not counted')
  t.equal(await attempt(true), proof.id)
  t.equal(await attempt(false), undefined)
  t.equal(await attempt(true), undefined)
  await t.rejects(transact(database, (trx) => useProof(trx, { ...proof, means: 'code' })), InvalidProofError)
  await transact(database, (trx) => useProof(trx, { ...proof, means: 'link' }))
  t.equal(await countProofs(database), 0)
})

eachDatabase(t, 'a code that is refused is audited, whether there is such a proof or not', async (t, database) => {
  const [userId, stranger] = [randomUUID(), randomUUID()]
  const proof = await addProof(database, { purpose: 'email_change', userId })
  const attempts = [
    { ...proof, isRight: false }, { ...proof, isRight: true, userId: stranger }, { ...proof, id: randomUUID(), isRight: true, userId }
  ]
  for (const attempt of attempts) t.equal(await tryCode(database.kysely, { ...attempt, origin: ORIGIN }), undefined)
  const found = await tryCode(database.kysely, { ...proof, isRight: true, userId, origin: ORIGIN })
  t.strictSame(found, { ...proof, means: 'code', userId, email: ADDRESS })
  const { events } = await listAudit(database.kysely, { limit: 10 })
  const event = { type: 'proof_rejected', details: { purpose: 'email_change', means: 'code' }, ip: '192.0.2.1', userAgent: 'browser' }
  t.match(events, [null, stranger, userId].toReversed().map((id) => ({ ...event, userId: id, actorId: id })))
  t.strictSame(await database.kysely.selectFrom('mail_proofs').select('tries').execute(), [{ tries: 1 }], 'a stranger uses up nothing')
})

onPostgres(t, 'of fifty guesses at once, five are looked at', async (t, database) => {
  for (let turn = 0; turn < 3; turn++) {
    const proof = await addProof(database)
    // The right one comes after thirty wrong ones, before twenty.
    const guesses = Array.from({ length: 50 }, (_, index) => tryCode(database.kysely, { ...proof, isRight: index === 30, origin: ORIGIN }))
    await Promise.all(guesses)
    const { tries } = await database.kysely.selectFrom('mail_proofs').select('tries').where('id', '=', proof.id).executeTakeFirstOrThrow()
    t.equal(tries, 5)
  }
  t.equal((await listAudit(database.kysely, { type: 'proof_rejected', limit: 200 })).events.length >= 147, true)
})

// The row alone would let only those wait whose address has no account: with a slow disk, bursts of wrong codes would tell.
onPostgres(t, 'AB11: tries of a code at once wait for each other, whether there is such a proof or not', async (t, database) => {
  const isLockAwaited = async () => {
    const { rows: [row] } = await sql<{ waits: boolean }>`select exists (
      select from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())
    ) as waits`.execute(database.kysely)
    return row?.waits === true
  }
  for (const proof of [await addProof(database), { id: randomUUID(), purpose: 'registration' as const }]) {
    let isOver = false
    const attempt = { ...proof, isRight: false, origin: ORIGIN }
    const second = await transact(database, async (trx) => {
      await tryCode(trx, attempt)
      const second = tryCode(database.kysely, attempt).finally(() => { isOver = true })
      await until(async () => isOver || await isLockAwaited())
      t.notOk(isOver, 'it waits for the first')
      return { ended: second }
    })
    t.equal(await second.ended, undefined)
  }
})

eachDatabase(t, 'a proof is used once, and its mail is not sent again', async (t, database) => {
  const proof = await addProof(database)
  t.equal((await leaseMails(database)).length, 1, 'nobody has written down that it was sent')
  await transact(database, (trx) => useProof(trx, { ...proof, means: 'link' }))
  t.strictSame(await database.kysely.selectFrom('mails').select(['state']).execute(), [{ state: 'sent' }])
  t.notOk(await openProof(database.kysely, { ...proof, attempts: 2, userId: undefined, email: ADDRESS }))
  await t.rejects(transact(database, (trx) => useProof(trx, { ...proof, means: 'link' })), InvalidProofError)
  t.strictSame([await countProofs(database), await findProof(database.kysely, proof)], [0, undefined])
})

onPostgres(t, 'an instance that sends a mail again while its proof is used does not bring the proof back', async (t, database) => {
  for (const voids of [false, true]) {
    const proof = await addProof(database)
    await leaseMails(database)
    const opening: Array<Promise<boolean>> = []
    await transact(database, async (trx) => {
      if (voids) await voidMailedProofs(trx, { normalizedEmail: ADDRESS.normalized, purposes: ['registration'] })
      else await useProof(trx, { ...proof, means: 'link' })
      opening.push(openProof(database.kysely, { ...proof, attempts: 2, userId: undefined, email: ADDRESS }))
      await untilBlocked(database)
    })
    t.strictSame(await Promise.all(opening), [false])
    t.equal(await countProofs(database), 0)
  }
})

onPostgres(t, 'a use waits for an instance that opens the proof, and is the last', async (t, database) => {
  const proof = await addProof(database)
  await leaseMails(database)
  const using: Array<Promise<void>> = []
  await transact(database, async (trx) => {
    t.ok(await openProof(trx, { ...proof, attempts: 2, userId: undefined, email: ADDRESS }))
    using.push(transact(database, (other) => useProof(other, { ...proof, means: 'link' })))
    await untilBlocked(database)
  })
  await Promise.all(using)
  t.equal(await countProofs(database), 0)
  t.strictSame(await database.kysely.selectFrom('mails').select(['state']).execute(), [{ state: 'sent' }])
})

/** Until another statement on this database waits for a lock. */
async function untilBlocked (database: Database): Promise<void> {
  for (;;) {
    const { rows: [row] } = await sql<{ count: string }>`select count(*) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(database.kysely)
    if (Number(row?.count) > 0) return
  }
}
