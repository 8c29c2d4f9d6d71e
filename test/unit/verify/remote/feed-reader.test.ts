import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import type { FeedKeys, RefreshRequired, SessionRevoked } from '../../../../src/contract/index.ts'
import { createDenyList } from '../../../../src/verify/deny-list.ts'
import { FeedAge, FeedReader } from '../../../../src/verify/remote/feed-reader.ts'
import { createKeyMaterial } from '../../../support/tokens.ts'
import { createFakeTime } from '../../../support/fake-time.ts'

const { jwk } = createKeyMaterial('ES256')
const NO_KEYS = { jwks: { keys: [] }, revoked: [] }
const EXP = Math.floor(Date.now() / 1000) + 3600

function setUp () {
  const time = createFakeTime()
  const received: unknown[] = []
  const age = new FeedAge(time)
  const sink = {
    revokeSession: (revoked: SessionRevoked) => { received.push(['revoked', revoked]) },
    requireRefresh: (required: RefreshRequired) => { received.push(['required', required]) },
    updateKeys: (keys: FeedKeys) => { received.push(['keys', keys]) },
    observeTime () {}
  }
  const reader = new FeedReader(sink, age)
  const on = (name: string, data: unknown, id: string) => reader.onEvent({ name, data: JSON.stringify(data), id })
  const asOf = () => new Date(time.now()).toISOString()
  const snapshot = (id: string, { last = true, revoked = [] as SessionRevoked[] } = {}) =>
    on('snapshot', { as_of: asOf(), last, revoked, refresh_required: [], keys: NO_KEYS }, id)
  const revoked = (id: string, sid = randomUUID()) => on('revoked', { sid, exp: EXP }, id)
  const beat = (id: string) => on('heartbeat', { as_of: asOf() }, id)
  return { time, received, age, reader, on, asOf, snapshot, revoked, beat }
}

t.test('each event is passed on, and the cursor advances', async (t) => {
  const { received, reader, on, asOf } = setUp()
  const session = { sid: randomUUID(), exp: EXP }
  const notBefore = { sub: randomUUID(), before: EXP - 3600, exp: EXP }
  const keys = { jwks: { keys: [jwk] }, revoked: ['old'] }
  on('snapshot', { as_of: asOf(), last: true, revoked: [session], refresh_required: [notBefore], keys }, 'e-1')
  t.strictSame(received.splice(0), [['revoked', session], ['required', notBefore], ['keys', keys]])
  on('revoked', session, 'e-2')
  on('refresh_required', notBefore, 'e-3')
  on('refresh_required', { before: 1, exp: 2 }, 'e-4')
  on('keys', keys, 'e-5')
  t.strictSame(received, [['revoked', session], ['required', notBefore], ['required', { before: 1, exp: 2 }], ['keys', keys]])
  t.equal(reader.cursor, 'e-5')
  on('heartbeat', { as_of: asOf() }, 'e-5')
  on('something-new', { a: 1 }, 'e-6')
  t.equal(reader.cursor, 'e-6', 'unknown events are skipped')
})

t.test('there is no cursor before the last part of a snapshot', async (t) => {
  const { received, age, reader, snapshot, revoked, beat } = setUp()
  snapshot('e-0', { last: false, revoked: [{ sid: randomUUID(), exp: EXP }] })
  t.equal(received.length, 2, 'a part is applied at once')
  revoked('e-8')
  beat('e-8')
  t.strictSame([reader.cursor, age.ageMs], [undefined, undefined])
  snapshot('e-7')
  t.strictSame([reader.cursor, age.ageMs], ['e-7', 0])
  snapshot('e-0', { last: false })
  t.equal(reader.cursor, undefined, 'until the last part of the next one')
})

t.test('RS21: a gap is noticed at the next event or heartbeat, and that event is not lost', async (t) => {
  const gaps: Array<[string, (setting: ReturnType<typeof setUp>) => void]> = [
    ['an event is missing', ({ revoked }) => revoked('e-3')],
    ['many are', ({ revoked }) => revoked('e-999')],
    ['it is the last that is missing', ({ beat }) => beat('e-2')],
    ['another epoch', ({ revoked }) => revoked('f-2')],
    ['an id that is none', ({ revoked }) => revoked('2')],
    ['no id', ({ revoked }) => revoked('')]
  ]
  for (const [name, happen] of gaps) {
    const setting = setUp()
    setting.snapshot('e-1')
    setting.time.advance(5000)
    setting.received.length = 0
    t.throws(() => happen(setting), TypeError, name)
    t.ok(setting.received.length === 1 || name.startsWith('it is the last'), 'received')
    t.equal(setting.age.ageMs, 5000, 'the age is not reset')
  }
  const { revoked, reader, snapshot } = setUp()
  snapshot('e-1')
  t.throws(() => revoked('e-3'), TypeError)
  t.equal(reader.cursor, undefined, 'a snapshot is needed')
})

t.test('duplicate and late events do no harm', async (t) => {
  const { received, revoked, reader, snapshot } = setUp()
  snapshot('e-5')
  for (const seq of [6, 6, 5, 2, 7]) revoked(`e-${seq}`)
  t.equal(reader.cursor, 'e-7')
  t.equal(received.length, 6)
})

t.test('invalid messages are refused as a whole', async (t) => {
  const sid = randomUUID()
  const state = { as_of: new Date().toISOString(), last: true, revoked: [], refresh_required: [], keys: NO_KEYS }
  const table: Array<[string, string, unknown]> = [
    ['no object', 'revoked', null],
    ['a list', 'revoked', [{ sid, exp: EXP }]],
    ['a sid that is no UUID', 'revoked', { sid: 'x', exp: EXP }],
    ['a sid in capitals', 'revoked', { sid: sid.toUpperCase(), exp: EXP }],
    ['no exp', 'revoked', { sid }],
    ['an exp that is text', 'revoked', { sid, exp: String(EXP) }],
    ['an exp in fractions', 'revoked', { sid, exp: EXP + 0.5 }],
    ['a sub that is null', 'refresh_required', { sub: null, before: 1, exp: EXP }],
    ['no before', 'refresh_required', { sub: sid, exp: EXP }],
    ['a negative before', 'refresh_required', { before: -1, exp: EXP }],
    ['no keys', 'keys', { revoked: [] }],
    ['no revoked keys', 'keys', { jwks: { keys: [jwk] } }],
    ['a revoked key that is a number', 'keys', { jwks: { keys: [jwk] }, revoked: [1] }],
    ['a private key', 'keys', { jwks: { keys: [{ ...jwk, d: 'AAAA' }] }, revoked: [] }],
    ['a heartbeat without time', 'heartbeat', {}],
    ['a heartbeat whose time is a number', 'heartbeat', { as_of: 1 }],
    ['a heartbeat whose time is none', 'heartbeat', { as_of: '2026-13-45T00:00:00Z' }],
    ['a snapshot that does not say whether it is the last', 'snapshot', { ...state, last: undefined }],
    ['a snapshot without time', 'snapshot', { ...state, as_of: undefined }],
    ['a snapshot without sessions', 'snapshot', { ...state, revoked: undefined }],
    ['a snapshot with a session that is none', 'snapshot', { ...state, revoked: [{ sid, exp: EXP }, {}] }],
    ['a snapshot without not-befores', 'snapshot', { ...state, refresh_required: {} }],
    ['a snapshot without keys', 'snapshot', { ...state, keys: undefined }]
  ]
  for (const [name, event, data] of table) {
    const { received, on, snapshot } = setUp()
    snapshot('e-1')
    received.length = 0
    t.throws(() => on(event, data, event === 'heartbeat' ? 'e-1' : 'e-2'), TypeError, name)
    t.equal(received.length, 0)
  }
  t.throws(() => setUp().reader.onEvent({ name: 'revoked', data: '{', id: 'e-1' }), SyntaxError)
})

t.test('the JSON document is read as a whole, and sets the cursor', async (t) => {
  const { time, received, age, reader, asOf } = setUp()
  const document = {
    cursor: 'e-7', as_of: asOf(), revoked: [{ sid: randomUUID(), exp: EXP }], refresh_required: [{ before: 1, exp: EXP }], keys: NO_KEYS
  }
  reader.onDocument(document)
  t.equal(received.length, 3)
  t.equal(reader.cursor, 'e-7')
  time.advance(5000)
  t.equal(age.ageMs, 5000)
  reader.onNotModified(asOf())
  t.equal(age.ageMs, 0)
  for (const wrong of [undefined, 'soon', ['a', 'b']]) t.throws(() => reader.onNotModified(wrong), TypeError)
  for (const wrong of [{ ...document, cursor: undefined }, { ...document, revoked: null }, 'x', null]) {
    t.throws(() => reader.onDocument(wrong), TypeError)
  }
})

t.test('RS22: no event, in any order or number, removes a revocation', async () => {
  const uuids = Array.from({ length: 6 }, () => randomUUID())
  const sid = fc.constantFrom(...uuids)
  const session = fc.record({ sid, exp: fc.constant(EXP) })
  const snapshot = fc.record({
    name: fc.constant('snapshot'),
    data: fc.record({
      as_of: fc.constant(new Date().toISOString()),
      last: fc.boolean(),
      revoked: fc.array(session, { maxLength: 3 }),
      refresh_required: fc.constant([]),
      keys: fc.constant(NO_KEYS)
    })
  })
  const revoked = fc.record({ name: fc.constant('revoked'), data: session })
  const events = fc.array(fc.tuple(fc.oneof(snapshot, revoked), fc.nat(5), fc.constantFrom('e', 'f')), { maxLength: 30 })
  fc.assert(fc.property(events, (events) => {
    const denyList = createDenyList()
    const reader = new FeedReader({ ...denyList, updateKeys () {} }, new FeedAge(createFakeTime()))
    const gone = new Set<string>()
    for (const [{ name, data }, seq, epoch] of events) {
      try {
        reader.onEvent({ name, data: JSON.stringify(data), id: `${epoch}-${seq}` })
      } catch {}
      for (const { sid } of 'revoked' in data ? data.revoked : [data]) gone.add(sid)
      for (const sid of gone) if (denyList.findReason({ id: '', sessionId: sid, issuedAt: 0 }, 'k') !== 'revoked') return false
    }
    return true
  }))
})
