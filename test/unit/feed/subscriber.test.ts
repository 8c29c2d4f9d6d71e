import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createFairScheduler } from '../../../src/feed/subscriber.ts'

t.test('all work runs in order, at most so much in each turn, also work that is added meanwhile', async (t) => {
  const schedule = createFairScheduler(10)
  const done: number[] = []
  for (let index = 0; index < 95; index++) {
    schedule(() => {
      done.push(index)
      if (index % 10 === 0) schedule(() => done.push(1000 + index))
    })
  }
  t.strictSame(done, [], 'nothing at once')
  const counts: number[] = []
  while (done.length < 105) {
    const before = done.length
    await nextTurn()
    counts.push(done.length - before)
  }
  t.ok(Math.max(...counts) <= 10, `${counts}`)
  t.strictSame(done, [...done].sort((a, b) => a - b))
  schedule(() => done.push(-1))
  await nextTurn()
  t.equal(done.at(-1), -1, 'and again later')
})
