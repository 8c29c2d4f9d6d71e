import { once } from 'node:events'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { collectGarbage, collectGarbageWhenIdle } from '../../../src/startup/idle-gc.ts'
import { until } from '../../support/until.ts'

t.test('garbage is collected when the service has been idle', async (t) => {
  const reference = new WeakRef(bulky())
  await sleep(0)
  t.ok(reference.deref(), 'not before')
  collectGarbageWhenIdle(50)
  await until(() => reference.deref() === undefined)
})

t.test('a busy service is left alone, and collected once later', async (t) => {
  let forced = 0
  const observer = new PerformanceObserver((list) => {
    forced += list.getEntries().filter(isForced).length
  })
  observer.observe({ entryTypes: ['gc'] })
  t.teardown(() => observer.disconnect())
  collectGarbageWhenIdle(50)
  const end = performance.now() + 500
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve))
  t.equal(forced, 0)
  await until(() => forced > 0)
  await sleep(200)
  t.equal(forced, 1)
})

t.test('other code cannot call gc', async (t) => {
  collectGarbage()
  t.equal(globalThis.gc, undefined)
  const worker = new Worker('require("node:worker_threads").parentPort.postMessage(typeof gc)', { eval: true })
  t.same(await once(worker, 'message'), ['undefined'])
})

function bulky (): object {
  return { of: Array.from({ length: 1_000 }, String) }
}

/** A collection of everything that was asked for; the one of the young generation at the start is another kind. */
function isForced (entry: object): boolean {
  const { flags, kind } = Reflect.get(entry, 'detail') as { flags: number, kind: number }
  return (flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0 && kind === constants.NODE_PERFORMANCE_GC_MAJOR
}
