import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { collectGarbage, collectGarbageOnce } from '../src/garbage.ts'
import { until } from './support/until.ts'

t.test('what nothing refers to is collected, once, when it is time', async (t) => {
  const reference = new WeakRef(bulky())
  await sleep(0)
  t.ok(reference.deref(), 'not by itself')
  collectGarbageOnce(10)
  await until(() => reference.deref() === undefined)
})

t.test('nobody else can ask for it', async (t) => {
  collectGarbage()
  t.equal(globalThis.gc, undefined)
  const worker = new Worker('require("node:worker_threads").parentPort.postMessage(typeof gc)', { eval: true })
  t.same(await once(worker, 'message'), ['undefined'])
})

function bulky (): object {
  return { of: Array.from({ length: 1_000 }, String) }
}
