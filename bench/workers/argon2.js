// Password hashes, as many in parallel as there are cores. HASHER names another package than argon2.
import { availableParallelism } from 'node:os'
import { argon2id, hash } from 'argon2'
import { totalCpu } from '../harness/compare.js'
import { handleWork } from '../harness/probe.js'
import { ARGON2, PASSWORD } from '../harness/service.js'
import { load } from '../competitors/installed.js'

const { HASHER } = process.env
/** @type {{ verify (hash: string, password: string): Promise<boolean> }} */
const { verify } = HASHER === undefined ? await import('argon2') : await load(HASHER)
const stored = await hash(PASSWORD, { type: argon2id, ...ARGON2 })

handleWork(work)

/**
 * @param {number} count
 * @returns {Promise<{ perSecond: number, cpu: number }>} microseconds of CPU for one
 */
async function work (count) {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  let left = count
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    while (left-- > 0) if (!await verify(stored, PASSWORD)) throw new Error('the password is right')
  }))
  return { perSecond: count / (performance.now() - startedAt) * 1000, cpu: totalCpu(process.cpuUsage(before)) / count }
}
