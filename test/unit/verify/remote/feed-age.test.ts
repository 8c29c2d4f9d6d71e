import fc from 'fast-check'
import t from 'tap'
import { FeedAge } from '../../../../src/verify/remote/feed-reader.ts'
import { createFakeTime } from '../../../support/fake-time.ts'

const at = (epochMs: number) => new Date(epochMs).toISOString()

t.test('without a snapshot there is no age', async (t) => {
  t.equal(new FeedAge(createFakeTime()).ageMs, undefined)
})

t.test('the age grows until a message arrives', async (t) => {
  const time = createFakeTime()
  const age = new FeedAge(time)
  age.observe(at(time.now()))
  t.equal(age.ageMs, 0)
  time.advance(7000)
  t.equal(age.ageMs, 7000)
  age.observe(at(time.now()))
  t.equal(age.ageMs, 0)
})

t.test('heartbeats with the same or an older as_of do not reset the age', async (t) => {
  const time = createFakeTime()
  const age = new FeedAge(time)
  const before = at(time.now())
  age.observe(before)
  for (let beat = 0; beat < 10; beat++) {
    time.advance(3000)
    age.observe(before)
    age.observe(at(time.now() - 3_600_000))
  }
  t.equal(age.ageMs, 30_000)
})

t.test('heartbeats that are behind count by how far they are', async (t) => {
  const time = createFakeTime()
  const age = new FeedAge(time)
  age.observe(at(time.now()))
  time.advance(10_000)
  age.observe(at(time.now() - 4000))
  t.equal(age.ageMs, 4000)
})

t.test('F7: the age does not depend on wall clocks, nor on jumps of ours', async () => {
  fc.assert(fc.property(fc.integer({
    min: -1e9, max: 1e9
  }), fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: -1e9, max: 1e9 })), { minLength: 1 }), (skewMs, steps) => {
    const time = createFakeTime()
    const age = new FeedAge(time)
    const server = time.now() + skewMs - time.elapsed()
    age.observe(at(server + time.elapsed()))
    let since = 0
    for (const [waitMs, jumpMs] of steps) {
      time.advance(waitMs)
      time.setClock(time.now() + jumpMs)
      since += waitMs
      if (age.ageMs !== since) return false
      age.observe(at(server + time.elapsed()))
      since = 0
      if (age.ageMs !== 0) return false
    }
    return true
  }))
})

t.test('a new connection may be to a database with another clock', async (t) => {
  const time = createFakeTime()
  const age = new FeedAge(time)
  age.observe(at(time.now() + 3_600_000))
  time.advance(5000)
  age.observe(at(time.now()))
  t.equal(age.ageMs, 5000, 'an hour back')
  age.reset()
  t.equal(age.ageMs, 5000, 'no message has arrived yet')
  age.observe(at(time.now()))
  t.equal(age.ageMs, 0)
})

t.test('the age restored from an earlier process keeps growing', async (t) => {
  const time = createFakeTime()
  const age = new FeedAge(time, 60_000)
  time.advance(1000)
  t.equal(age.ageMs, 61_000)
  age.observe(at(time.now()))
  t.equal(age.ageMs, 0)
})
