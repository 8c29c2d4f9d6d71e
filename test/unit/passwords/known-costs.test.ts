// Hashes of several costs, as after a change of ARGON2_*: the cost of a failed login must not tell which hash it verified.
import { hash as argon2Hash } from 'argon2'
import t from 'tap'
import type { Argon2Cost } from '../../../src/passwords/argon2.ts'
import { createPasswordHasher } from '../../../src/passwords/hasher.ts'
import { findStoredCosts, KnownCosts } from '../../../src/passwords/known-costs.ts'
import { eachDatabase } from '../../support/database.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { PASSWORD } from '../../support/password.ts'

const CURRENT = { memoryKib: 8192, passes: 2, parallelism: 1 }
const CHEAPER = { memoryKib: 4096, passes: 1, parallelism: 1 }
const COSTLIER = { memoryKib: 8192, passes: 3, parallelism: 1 }
const ROUNDS = 15

t.test('every failure costs the same: unknown, wrong or disabled user, whatever the cost of the hash; success costs its own', async (t) => {
  const hasher = createPasswordHasher(CURRENT)
  const [today, older, dearer] = await Promise.all([CURRENT, CHEAPER, COSTLIER].map(hashWith))
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
  // The hasher learns the costs.
  for (const name of names) await table[name]?.()
  for (let round = 0; round < ROUNDS; round++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(round + place) % names.length] ?? ''
      costs.get(name)?.push(await measureCpu(async () => t.equal(await table[name]?.(), false)))
    }
    costs.get(right)?.push(await measureCpu(async () => t.equal(await right(), true)))
  }
  const nobody = median(costs.get('nobody'))
  for (const name of names) {
    const ratio = median(costs.get(name)) / nobody
    t.comment(`${name}: ${ratio.toFixed(3)}`)
    t.ok(ratio > 0.8 && ratio < 1.25, `${name} costs ${ratio} × an unknown user`)
  }
  t.ok(median(costs.get(right)) < 0.7 * nobody, 'a success costs one hash')
})

t.test('if there is one cost, a failed login pays it once', async (t) => {
  const hasher = createPasswordHasher(CURRENT)
  const stored = await hashWith(CURRENT)
  const costs = { right: [] as number[], wrong: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    costs.right.push(await measureCpu(() => hasher.verify(stored, PASSWORD)))
    costs.wrong.push(await measureCpu(() => hasher.verify(stored, 'wrong')))
  }
  t.ok(median(costs.wrong) < 1.25 * median(costs.right))
})

t.test('other costs together take at most twice the current work: an imported hash does not make failed logins last for minutes', async (
  t
) => {
  const costs = new KnownCosts(CURRENT)
  const others = () => costs.dummiesExcept(CURRENT).map((hash) => /m=\d+,t=\d+,p=\d+/.exec(hash)?.[0])
  costs.add({ memoryKib: 1_048_576, passes: 16, parallelism: 1 })
  t.strictSame(others(), [])
  costs.add(CURRENT)
  costs.add(CHEAPER)
  costs.add(CHEAPER)
  costs.add(COSTLIER)
  costs.add({ ...CURRENT, parallelism: 2 })
  t.strictSame(others(), ['m=4096,t=1,p=1', 'm=8192,t=3,p=1'], 'each once; the last one would exceed the limit')
  t.match(costs.dummiesExcept(CHEAPER), [/m=8192,t=2,/, /m=8192,t=3,/])
})

eachDatabase(t, 'the costs of stored hashes are found, the most common first', async (t, database) => {
  t.strictSame(await findStoredCosts(database.kysely), [])
  const users = [CHEAPER, CURRENT, CURRENT, CURRENT, CHEAPER, COSTLIER]
  for (const [index, cost] of users.entries()) await createUserWith(`user${index}@example.com`, await hashWith(cost))
  await createUserWith('eve@example.com', 'nonsense')
  await createUserWith('mallory@example.com', (await hashWith(CURRENT)).replace('m=8192', 'm=9999999'))
  t.strictSame((await findStoredCosts(database.kysely)).slice(0, 2), [CURRENT, CHEAPER])
  t.equal((await findStoredCosts(database.kysely)).length, 3)

  async function createUserWith (email: string, passwordHash: string): Promise<void> {
    const id = await createUser(database, email)
    await database.kysely.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', id).execute()
  }
})

eachDatabase(t, 'a service knows the stored costs from the start', async (t, database) => {
  // Expensive, compared with the embedded database, which runs in this process.
  const cost = { memoryKib: 32_768, passes: 1, parallelism: 1 }
  const settings = { ARGON2_MEMORY: '32768', ARGON2_TIME: '1' }
  const id = await createUser(database, 'ada@example.com')
  const setHash = async (
    cost: Argon2Cost
  ) => { await database.kysely.updateTable('users').set({ password_hash: await hashWith(cost) }).where('id', '=', id).execute() }
  const failures = { one: [] as number[], both: [] as number[] }
  await setHash(cost)
  const one = await createService(t, database, { settings })
  await setHash({ ...cost, passes: 2 })
  const both = await createService(t, database, { settings })
  for (let round = 0; round < 9; round++) {
    for (const [name, { app }] of [['one', one], ['both', both]] as const) {
      failures[name].push(await measureCpu(() => app.inject({
        method: 'POST', url: '/auth/login', body: { email: `nobody${round}@example.com`, password: PASSWORD }
      })))
    }
  }
  t.ok(
    median(failures.both) > 1.5 * median(failures.one),
    `${median(failures.both)} µs, and ${median(failures.one)} µs where there is one cost`
  )
  t.comment(median(failures.both) / median(failures.one))
})

function hashWith ({ memoryKib, passes, parallelism }: Argon2Cost): Promise<string> {
  return argon2Hash(PASSWORD, { memoryCost: memoryKib, timeCost: passes, parallelism })
}

/** CPU time of all threads in microseconds: unlike elapsed time, it does not grow while other processes run. */
async function measureCpu (work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function median (values: readonly number[] = []): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
