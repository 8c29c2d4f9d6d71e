// A task that takes a whole core begins once the event loop has caught up, and after a bounded delay in any case.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Limiter } from '../../../src/passwords/limiter.ts'
import { isInTime } from '../../support/patience.ts'

/** The limiter's bound of one delay. */
const MAX_DELAY_MS = 250

/** Keeps the event loop busy until it is stopped, in slices, as requests do. */
function keepBusy (): () => void {
  let isOver = false
  const step = () => {
    const until = performance.now() + 2
    while (performance.now() < until);
    if (!isOver) setImmediate(step)
  }
  setImmediate(step)
  return () => { isOver = true }
}

t.test('a task waits while the event loop is busy, and begins as soon as it has caught up', async (t) => {
  const limiter = new Limiter({ concurrency: 1, maxQueue: 10 })
  const stop = keepBusy()
  await sleep(5)
  let begun = 0
  const startedAt = performance.now()
  const works = [1, 2].map(() => limiter.run(async () => { begun++ }))
  await sleep(30)
  t.ok(begun === 0 || performance.now() - startedAt >= MAX_DELAY_MS, 'no task has begun, unless the machine made this sleep that long')
  stop()
  await Promise.all(works)
  t.equal(begun, 2)
  await sleep(10)
  t.equal(limiter.running, 0, 'the slot is free again')
})

t.test('a task begins after a bounded delay, however busy the event loop is', async (t) => {
  const limiter = new Limiter({ concurrency: 1, maxQueue: 10 })
  const stop = keepBusy()
  t.teardown(stop)
  await sleep(5)
  const startedAt = performance.now()
  for (let turn = 0; turn < 40; turn++) await limiter.run(async () => {})
  const tookMs = performance.now() - startedAt
  t.ok(isInTime(tookMs, 1_500), `forty pieces of work were held for a burst, not for forty: ${Math.round(tookMs)} ms`)
})

t.test('an idle event loop delays no task', async (t) => {
  const limiter = new Limiter({ concurrency: 2, maxQueue: 100 })
  await sleep(20)
  let most = 0
  await Promise.all(Array.from({ length: 50 }, () => limiter.run(async () => {
    most = Math.max(most, limiter.running)
    await sleep(2)
  })))
  t.equal(most, 2, 'the concurrency is used')
})
