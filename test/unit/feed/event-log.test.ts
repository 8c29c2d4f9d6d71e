import t from 'tap'
import fc from 'fast-check'
import { EventLog } from '../../../src/feed/event-log.ts'

const EVENT_BYTES = 120

/** The events after `from`, as the `sid` of each. */
function readFrom (log: EventLog, from: number): string[] {
  const sids: string[] = []
  let seq = from
  for (let chunk = log.readAfter(seq); chunk !== undefined; chunk = log.readAfter(seq)) {
    const events = chunk.bytes.toString().split('\n\n').slice(0, -1)
    if (events.length !== chunk.count) throw new Error('the count is wrong')
    for (const event of events) {
      seq++
      if (!event.startsWith(`id: ${log.toId(seq)}\n`)) throw new Error('the id is wrong')
      sids.push(JSON.parse(event.slice(event.indexOf('data: ') + 6)).sid)
    }
    if (chunk.seq !== seq) throw new Error('the seq is wrong')
  }
  return sids
}

t.test('a covered position is sent exactly the new events, others are not covered, and no more than the limit is kept', async () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 40 }), fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 12 }), (kept, bursts) => {
    const log = new EventLog({ maxBytes: kept * EVENT_BYTES })
    const first = log.seq
    const appended: string[] = []
    for (const burst of bursts) {
      for (let count = 0; count < burst; count++) {
        const sid = `s${appended.length}`
        appended.push(sid)
        log.append('revoked', { sid, exp: 1 })
      }
      for (let behind = 0; behind <= 60; behind++) {
        const from = log.seq - behind
        if (from < first) {
          if (log.covers(from)) return false
        } else if (log.covers(from)) {
          if (readFrom(log, from).join() !== appended.slice(appended.length - behind).join()) return false
        } else if (readFrom(log, from).length > 0 || behind === 0) return false
      }
      if (log.covers(log.seq - kept * 3 - 1)) return false
    }
    return log.seq === first + appended.length && !log.covers(log.seq + 1)
  }), { numRuns: 200 })
})

t.test('an id is parsed by the log that created it, and by no other', async (t) => {
  const [log, other] = [new EventLog({ maxBytes: 1000 }), new EventLog({ maxBytes: 1000 })]
  log.append('revoked', { sid: 's', exp: 1 })
  t.equal(log.parseId(log.cursor), log.seq)
  t.equal(other.parseId(log.cursor), undefined)
  for (const id of [
    '', 'a-1', `${log.cursor} `, `${log.cursor}.0`, log.cursor.toUpperCase().replace(/-.*/, '-01'), `${log.toId(0)}1`
  ]) t.equal(log.parseId(id), undefined, id)
  t.equal(log.covers(0), false, 'sequence number 0 is a gap')
})

t.test('equal reads return the same bytes', async (t) => {
  const log = new EventLog({ maxBytes: 1000 })
  const { seq } = log
  log.append('revoked', { sid: 's', exp: 1 })
  t.equal(log.readAfter(seq)?.bytes, log.readAfter(seq)?.bytes)
  t.equal(log.readAfter(log.seq), undefined)
})
