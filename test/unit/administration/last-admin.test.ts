import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { LastAdminError } from '../../../src/errors.ts'
import { updateUser, deleteUser } from '../../../src/administration/update-user.ts'
import { eachDatabase } from '../../support/database.ts'
import { createUser, withoutMail } from '../../support/users.ts'

const ORIGIN = { ip: null, userAgent: null, requestId: null }

type Removal = (database: Database, userId: string, actorId: string) => Promise<unknown>

/** Every way to remove an admin. */
const REMOVALS: ReadonlyArray<[name: string, remove: Removal]> = [
  ['demoted', (database, userId, actorId) => updateUser(withoutMail(database), userId, { role: 'user' }, { actorId, origin: ORIGIN })],
  ['disabled', (database, userId, actorId) => updateUser(withoutMail(database), userId, { disabled: true }, { actorId, origin: ORIGIN })],
  ['deleted', (database, userId, actorId) => deleteUser(database, userId, { actorId, origin: ORIGIN })]
]

async function findAdmins (database: Database): Promise<string[]> {
  const rows = await database.kysely.selectFrom('users').select('id').where('role', '=', 'admin').where('disabled_at', 'is', null).execute()
  return rows.map(({ id }) => id)
}

eachDatabase(t, 'the last admin cannot be removed, and can be once there is another', async (t, database) => {
  for (const [name, remove] of REMOVALS) {
    await database.kysely.deleteFrom('users').execute()
    const ada = await createUser(database, 'ada@example.com', 'admin')
    const gone = await createUser(database, 'gone@example.com', 'admin')
    await updateUser(withoutMail(database), gone, { disabled: true }, { actorId: null, origin: ORIGIN })
    await createUser(database, 'eve@example.com', 'advertiser')
    const invited = await createUser(database, 'invited@example.com', 'admin')
    await database.kysely.updateTable('users').set({ password_hash: null }).where('id', '=', invited).execute()
    const counted = `${name}: neither a disabled admin counts, nor one who was only invited, nor another role`
    await t.rejects(remove(database, ada, ada), LastAdminError, counted)
    await remove(database, invited, ada)
    t.strictSame(await findAdmins(database), [ada])
    const bob = await createUser(database, 'bob@example.com', 'admin')
    await remove(database, ada, bob)
    t.strictSame(await findAdmins(database), [bob], name)
  }
})

eachDatabase(t, 'without any admin other users can be removed, and a disabled admin can always be', async (t, database) => {
  for (const [name, remove] of REMOVALS) {
    const userId = await createUser(database, `${name}@example.com`)
    await t.resolves(remove(database, userId, randomUUID()))
  }
  const bob = await createUser(database, 'bob@example.com', 'admin')
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).where('id', '=', bob).execute()
  await t.resolves(updateUser(withoutMail(database), bob, { role: 'user' }, { actorId: null, origin: ORIGIN }))
})

eachDatabase(t, 'the last admin may make changes that leave them an admin', async (t, database) => {
  const ada = await createUser(database, 'ada@example.com', 'admin')
  const by = { actorId: ada, origin: ORIGIN }
  await t.resolves(updateUser(withoutMail(database), ada, { role: 'admin', disabled: false, passwordHash: 'other' }, by))
  await t.rejects(updateUser(withoutMail(database), ada, { role: 'advertiser' }, by), LastAdminError)
})

eachDatabase(t, 'AZ8: two admins remove each other, 200 times in every way: one is always left', async (t, database) => {
  let refusals = 0
  for (let race = 0; race < 200; race++) {
    const [removeOne, removeOther] = [REMOVALS[race % 3]?.[1], REMOVALS[Math.floor(race / 3) % 3]?.[1]]
    if (removeOne === undefined || removeOther === undefined) throw new Error('no such removal')
    await database.kysely.deleteFrom('users').execute()
    const [ada, bob] = [await createUser(database, 'ada@example.com', 'admin'), await createUser(database, 'bob@example.com', 'admin')]
    const outcomes = await Promise.allSettled([removeOne(database, ada, bob), removeOther(database, bob, ada)])
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue
      if (!(outcome.reason instanceof LastAdminError)) throw outcome.reason
      refusals++
    }
    if ((await findAdmins(database)).length !== 1) t.fail(`race ${race} left ${(await findAdmins(database)).length}`)
  }
  t.equal(refusals, 200)
})
