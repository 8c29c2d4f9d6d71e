import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { isInTime, slowness } from '../support/patience.ts'

t.test('what was in time is, and what took twenty times as long never is', async (t) => {
  t.equal(isInTime(99, 100), true)
  t.equal(isInTime(2_000, 100), false)
  t.equal(isInTime(Infinity, 100), false)
})

t.test('a machine is slower while others have its cores', async (t) => {
  const least = () => Math.min(...Array.from({ length: 5 }, slowness))
  const before = least()
  const others = Array.from({ length: 4 * availableParallelism() }, () => new Worker('for (;;);', { eval: true }))
  await Promise.all(others.map((worker) => new Promise((resolve) => worker.once('online', resolve))))
  const during = least()
  await Promise.all(others.map((worker) => worker.terminate()))
  // Not more than twenty times, and what else runs here may have ended meanwhile: eight busy threads are four for each core at least.
  t.ok(during >= 1.05 && during <= 20, `${during}, and ${before} before`)
  t.ok(before >= 1 && before <= 20)
})
