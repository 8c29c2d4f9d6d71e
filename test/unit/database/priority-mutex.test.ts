import t from 'tap'
import { PriorityMutex } from '../../../src/database/priority-mutex.ts'

const createMutex = (acquireTimeoutMs = 1_000) => new PriorityMutex({ acquireTimeoutMs, createTimeoutError: () => new Error('timed out') })

t.test('waiters of high priority come first, and in order of arrival within a priority', async (t) => {
  const mutex = createMutex()
  const release = await mutex.acquire()
  const order: string[] = []
  const wait = async (name: string, priority: 'normal' | 'high') => {
    const release = await mutex.acquire(priority)
    order.push(name)
    release()
  }
  const waiters = [wait('normal 1', 'normal'), wait('high 1', 'high'), wait('normal 2', 'normal'), wait('high 2', 'high')]
  t.equal(mutex.isHeld, true)
  t.equal(mutex.waiting, 4)
  release()
  await Promise.all(waiters)
  t.strictSame(order, ['high 1', 'high 2', 'normal 1', 'normal 2'])
  t.equal(mutex.isHeld, false)
})

t.test('a waiter that waits too long gets an error, and the next one the mutex', async (t) => {
  const mutex = createMutex(20)
  const release = await mutex.acquire()
  await t.rejects(mutex.acquire('high'), { message: 'timed out' })
  t.equal(mutex.waiting, 0)
  const next = mutex.run(async () => 'done')
  release()
  t.equal(await next, 'done')
})

t.test('work that fails releases the mutex', async (t) => {
  const mutex = createMutex()
  await t.rejects(mutex.run(async () => { throw new Error('away') }), { message: 'away' })
  t.equal(mutex.isHeld, false)
})
