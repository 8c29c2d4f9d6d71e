import t from 'tap'
import fc from 'fast-check'
import { createEventLog, type EventLog } from '../../../src/feed/event-log.ts'

const EVENT_BYTES = 120

/** What one who has had everything up to `from` is sent, as the `sid` of each. */
function readFrom (journal: EventLog, from: number): string[] {
  const sids: string[] = []
  let seq = from
  for (let chunk = journal.readAfter(seq); chunk !== undefined; chunk = journal.readAfter(seq)) {
    const events = chunk.bytes.toString().split('\n\n').slice(0, -1)
    if (events.length !== chunk.count) throw new Error('the count is wrong')
    for (const event of events) {
      seq++
      if (!event.startsWith(`id: ${journal.toId(seq)}\n`)) throw new Error('the id is wrong')
      sids.push(JSON.parse(event.slice(event.indexOf('data: ') + 6)).sid)
    }
    if (chunk.seq !== seq) throw new Error('the seq is wrong')
  }
  return sids
}

t.test('whoever is within reach is sent exactly what is new, whoever is not is told so, and no more is kept than was said', async () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 40 }), fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 12 }), (kept, bursts) => {
    const journal = createEventLog({ maxBytes: kept * EVENT_BYTES })
    const first = journal.seq
    const told: string[] = []
    for (const burst of bursts) {
      for (let count = 0; count < burst; count++) {
        const sid = `s${told.length}`
        told.push(sid)
        journal.append('revoked', { sid, exp: 1 })
      }
      for (let behind = 0; behind <= 60; behind++) {
        const from = journal.seq - behind
        if (from < first) {
          if (journal.covers(from)) return false
        } else if (journal.covers(from)) {
          if (readFrom(journal, from).join() !== told.slice(told.length - behind).join()) return false
        } else if (readFrom(journal, from).length > 0 || behind === 0) return false
      }
      if (journal.covers(journal.seq - kept * 3 - 1)) return false
    }
    return journal.seq === first + told.length && !journal.covers(journal.seq + 1)
  }), { numRuns: 200 })
})

t.test('an id is known again by the journal that gave it, and by no other', async (t) => {
  const [journal, other] = [createEventLog({ maxBytes: 1000 }), createEventLog({ maxBytes: 1000 })]
  journal.append('revoked', { sid: 's', exp: 1 })
  t.equal(journal.parseId(journal.cursor), journal.seq)
  t.equal(other.parseId(journal.cursor), undefined)
  for (const id of ['', 'a-1', `${journal.cursor} `, `${journal.cursor}.0`, journal.cursor.toUpperCase().replace(/-.*/, '-01'), `${journal.toId(0)}1`]) t.equal(journal.parseId(id), undefined, id)
  t.equal(journal.covers(0), false, 'nobody has had nothing')
})

t.test('the same bytes go to all who ask for the same', async (t) => {
  const journal = createEventLog({ maxBytes: 1000 })
  const { seq } = journal
  journal.append('revoked', { sid: 's', exp: 1 })
  t.equal(journal.readAfter(seq)?.bytes, journal.readAfter(seq)?.bytes)
  t.equal(journal.readAfter(journal.seq), undefined)
})
