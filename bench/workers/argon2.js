// Password hashes and nothing else, as many at once as there are cores.
import { availableParallelism } from 'node:os'
import { argon2id, hash, verify } from 'argon2'
import { cpuOf } from '../harness/compare.js'
import { answerOnly } from '../harness/probe.js'
import { ARGON2, PASSWORD } from '../harness/service.js'

const stored = await hash(PASSWORD, { type: argon2id, ...ARGON2 })

answerOnly(work)

/**
 * @param {number} count
 * @returns {Promise<{ perSecond: number, cpu: number }>} microseconds of CPU for one
 */
async function work (count) {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  let left = count
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    while (left-- > 0) await verify(stored, PASSWORD)
  }))
  return { perSecond: count / (performance.now() - startedAt) * 1000, cpu: cpuOf(process.cpuUsage(before)) / count }
}
