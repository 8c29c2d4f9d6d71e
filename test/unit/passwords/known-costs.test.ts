// Hashes of several costs, as they are after ARGON2_* were changed: no failed login tells by its cost whose hash it was.
import { hash as argon2Hash } from 'argon2'
import t from 'tap'
import type { Argon2Cost } from '../../../src/passwords/argon2.ts'
import { createPasswordHasher } from '../../../src/passwords/hasher.ts'
import { findStoredCosts, KnownCosts } from '../../../src/passwords/known-costs.ts'
import { eachDatabase } from '../../support/database.ts'
import { createService, enrol, PASSWORD } from '../../support/service.ts'

const TODAY = { memoryKib: 8192, passes: 2, parallelism: 1 }
const OLDER = { memoryKib: 4096, passes: 1, parallelism: 1 }
const DEARER = { memoryKib: 8192, passes: 3, parallelism: 1 }
const ROUNDS = 25

t.test('what fails costs the same, for nobody, a wrong password and a disabled user, however old or dear the hash; what is right costs its own hash', async (t) => {
  const hasher = createPasswordHasher(TODAY)
  const [today, older, dearer] = await Promise.all([TODAY, OLDER, DEARER].map(made))
  const table: Record<string, () => Promise<boolean>> = {
    nobody: () => hasher.verify(undefined, PASSWORD),
    untrusted: () => hasher.verify('nonsense', PASSWORD),
    'a wrong password': () => hasher.verify(today, 'wrong'),
    'a wrong password for an older hash': () => hasher.verify(older, 'wrong'),
    'a wrong password for a dearer hash': () => hasher.verify(dearer, 'wrong'),
    'a disabled user': () => hasher.verify(today, PASSWORD, { mustFail: true }),
    'a disabled user with an older hash': () => hasher.verify(older, PASSWORD, { mustFail: true })
  }
  const right = () => hasher.verify(today, PASSWORD)
  const names = Object.keys(table)
  const costs = new Map<unknown, number[]>(names.map((name) => [name, []]))
  costs.set(right, [])
  // It learns of them.
  for (const name of names) await table[name]?.()
  for (let round = 0; round < ROUNDS; round++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(round + place) % names.length] ?? ''
      costs.get(name)?.push(await cpuOf(async () => t.equal(await table[name]?.(), false)))
    }
    costs.get(right)?.push(await cpuOf(async () => t.equal(await right(), true)))
  }
  const nobody = median(costs.get('nobody'))
  for (const name of names) {
    const ratio = median(costs.get(name)) / nobody
    t.comment(`${name}: ${ratio.toFixed(3)}`)
    t.ok(ratio > 0.8 && ratio < 1.25, `${name} costs ${ratio} × what nobody costs`)
  }
  t.ok(median(costs.get(right)) < 0.7 * nobody, 'and who comes in waits for one hash')
})

t.test('as long as there is one cost, a failed login pays it once', async (t) => {
  const hasher = createPasswordHasher(TODAY)
  const stored = await made(TODAY)
  const costs = { right: [] as number[], wrong: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    costs.right.push(await cpuOf(() => hasher.verify(stored, PASSWORD)))
    costs.wrong.push(await cpuOf(() => hasher.verify(stored, 'wrong')))
  }
  t.ok(median(costs.wrong) < 1.25 * median(costs.right))
})

t.test('others together cost twice today\'s work at most: one hash from elsewhere makes no failed login last for minutes', async (t) => {
  const costs = new KnownCosts(TODAY)
  const others = () => costs.dummiesExcept(TODAY).map((hash) => /m=\d+,t=\d+,p=\d+/.exec(hash)?.[0])
  costs.add({ memoryKib: 1_048_576, passes: 16, parallelism: 1 })
  t.strictSame(others(), [])
  costs.add(TODAY)
  costs.add(OLDER)
  costs.add(OLDER)
  costs.add(DEARER)
  costs.add({ ...TODAY, parallelism: 2 })
  t.strictSame(others(), ['m=4096,t=1,p=1', 'm=8192,t=3,p=1'], 'each once, and the last would be too much')
  t.match(costs.dummiesExcept(OLDER), [/m=8192,t=2,/, /m=8192,t=3,/])
})

eachDatabase(t, 'the costs of stored hashes are found, the commonest first', async (t, database) => {
  t.strictSame(await findStoredCosts(database.kysely), [])
  const users = [OLDER, TODAY, TODAY, TODAY, OLDER, DEARER]
  for (const [index, cost] of users.entries()) await enrolWith(`user${index}@example.com`, await made(cost))
  await enrolWith('eve@example.com', 'nonsense')
  await enrolWith('mallory@example.com', (await made(TODAY)).replace('m=8192', 'm=9999999'))
  t.strictSame((await findStoredCosts(database.kysely)).slice(0, 2), [TODAY, OLDER])
  t.equal((await findStoredCosts(database.kysely)).length, 3)

  async function enrolWith (email: string, passwordHash: string): Promise<void> {
    const id = await enrol(database, email)
    await database.kysely.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', id).execute()
  }
})

eachDatabase(t, 'a service that starts knows them, before anybody has tried', async (t, database) => {
  // Much beside the embedded database, which is in this process, too.
  const cost = { memoryKib: 32_768, passes: 1, parallelism: 1 }
  const settings = { ARGON2_MEMORY: '32768', ARGON2_TIME: '1' }
  const id = await enrol(database, 'ada@example.com')
  const setHash = async (cost: Argon2Cost) => { await database.kysely.updateTable('users').set({ password_hash: await made(cost) }).where('id', '=', id).execute() }
  const failures = { one: [] as number[], both: [] as number[] }
  await setHash(cost)
  const one = await createService(t, database, { settings })
  await setHash({ ...cost, passes: 2 })
  const both = await createService(t, database, { settings })
  for (let round = 0; round < 9; round++) {
    for (const [name, { app }] of [['one', one], ['both', both]] as const) {
      failures[name].push(await cpuOf(() => app.inject({ method: 'POST', url: '/auth/login', body: { email: `nobody${round}@example.com`, password: PASSWORD } })))
    }
  }
  t.ok(median(failures.both) > 1.5 * median(failures.one), `${median(failures.both)} µs, and ${median(failures.one)} µs where there is one cost`)
  t.comment(median(failures.both) / median(failures.one))
})

function made ({ memoryKib, passes, parallelism }: Argon2Cost): Promise<string> {
  return argon2Hash(PASSWORD, { memoryCost: memoryKib, timeCost: passes, parallelism })
}

/** Microseconds of CPU of all threads: unlike time, it does not grow while others have the machine. */
async function cpuOf (work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function median (values: readonly number[] = []): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
