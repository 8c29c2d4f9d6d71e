import t from 'tap'
import { combineStepUps, createStepUpCheck, type StepUpOptions } from '../../../src/verify/step-up.ts'

const AT = 1_800_000_000
const LEVELS = [1, 2, 3] as const
const NO_MAX_AGE = 'stepUp needs a maxAge, in whole seconds from 1'
const TOO_WEAK = 'insufficient_user_authentication'

t.test('TF14: a proof is new enough for maxAge and the leeway, to the second', async (t) => {
  const table: Array<[maxAge: number, ageMs: number, isAccepted: boolean]> = [
    [300, 0, true],
    [300, 300_000, true],
    [300, 304_999, true],
    [300, 305_000, true],
    [300, 305_001, false],
    [300, 306_000, false],
    [1, 6000, true],
    [1, 6001, false],
    // The clock of the issuer is ahead.
    [1, -5000, true],
    [Number.MAX_SAFE_INTEGER, AT * 1000, true]
  ]
  for (const [maxAge, ageMs, isAccepted] of table) {
    const reason = createStepUpCheck({ maxAge }).findReason({ authenticatedAt: AT, level: 1 }, AT * 1000 + ageMs)
    t.equal(reason, isAccepted ? undefined : 'insufficient_user_authentication', `${maxAge} s, ${ageMs} ms`)
  }
})

t.test('TF14: a proof is at least as strong as the acr', async (t) => {
  const accepted = ([undefined, 'aal1', 'aal2', 'phr'] as const).map((acr) => {
    const check = createStepUpCheck({ maxAge: 300, ...(acr !== undefined && { acr }) })
    return LEVELS.filter((level) => check.findReason({ authenticatedAt: AT, level }, AT * 1000) === undefined)
  })
  t.strictSame(accepted, [[1, 2, 3], [1, 2, 3], [2, 3], [3]])
  const strong = createStepUpCheck({ maxAge: 300, acr: 'aal2' })
  t.equal(strong.findReason({ authenticatedAt: AT, level: 3 }, (AT + 306) * 1000), 'insufficient_user_authentication', 'strong and old')
})

t.test('TF14: nobody can ask a machine for a proof', async (t) => {
  const check = createStepUpCheck({ maxAge: 300 })
  for (const user of [{}, { authenticatedAt: undefined, level: undefined }, { authenticatedAt: AT }, { level: 3 as const }]) {
    t.equal(check.findReason(user, AT * 1000), 'insufficient_scope', JSON.stringify(user))
  }
})

t.test('a time or a level that is no number is not accepted', async (t) => {
  const check = createStepUpCheck({ maxAge: 300 })
  const table: Array<[authenticatedAt: number, level: number, nowMs: number]> = [
    [Number.NaN, 1, AT * 1000], [AT, Number.NaN, AT * 1000], [AT, 1, Number.NaN], [AT, 1, Number.POSITIVE_INFINITY]
  ]
  for (const [authenticatedAt, level, nowMs] of table) {
    const reason = check.findReason({ authenticatedAt, level: level as 1 }, nowMs)
    t.equal(reason, 'insufficient_user_authentication', `${authenticatedAt} ${level} ${nowMs}`)
  }
})

t.test('the response says what is asked for (RFC 9470 3), and is made once', async (t) => {
  const table: Array<[options: StepUpOptions, challenge: string]> = [
    [{ maxAge: 300 }, 'Bearer error="insufficient_user_authentication", max_age="300"'],
    [{ maxAge: 1, acr: 'aal1' }, 'Bearer error="insufficient_user_authentication", acr_values="aal1", max_age="1"'],
    [{ acr: 'aal2', maxAge: 300 }, 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"'],
    [{ maxAge: 86_400, acr: 'phr' }, 'Bearer error="insufficient_user_authentication", acr_values="phr", max_age="86400"']
  ]
  for (const [options, challenge] of table) {
    const check = createStepUpCheck(options)
    const { status, headers, body } = check.toResponse(TOO_WEAK)
    t.strictSame({ status, headers, body: JSON.parse(body) }, {
      status: 401,
      headers: { 'cache-control': 'no-store', 'www-authenticate': challenge, 'content-type': 'application/problem+json' },
      body: {
        type: '/problems/insufficient-user-authentication',
        title: 'Unauthorized',
        status: 401,
        detail: 'Prove again who you are: the last proof is too old, or too weak.',
        code: 'insufficient_user_authentication'
      }
    })
    t.equal(check.toResponse(TOO_WEAK), check.toResponse(TOO_WEAK))
  }
})

t.test('options that cannot be met are refused', async (t) => {
  const table: Array<[options: unknown, message: RegExp | string]> = [
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '300', null, undefined, true, [300], 300n].map(
      (maxAge): [unknown, string] => [{ maxAge, acr: 'aal1' }, NO_MAX_AGE]
    ),
    ...[{}, [], [{ maxAge: 300 }], null, undefined, true, false, 300, '', 'aal1'].map(
      (options): [unknown, string] => [options, NO_MAX_AGE]
    ),
    ...['', 'aal0', 'aal3', 'AAL1', 'aal1 aal2', 'phrh', 'constructor'].map((acr): [unknown, string] => [
      { maxAge: 300, acr }, `stepUp asks for acr "${acr}"; there are aal1, aal2, phr`
    ]),
    ...[null, 1, true, ['aal1'], {}].map((acr): [unknown, RegExp] => [{ maxAge: 300, acr }, /^stepUp asks for acr ".+"; there are aal1/]),
    [{ maxAge: 300, amr: 'pwd' }, 'stepUp has "amr"; there are "maxAge" and "acr"'],
    [{ maxage: 300 }, 'stepUp has "maxage"; there are "maxAge" and "acr"'],
    [{ maxAge: 300, acr: 'aal1', extra: undefined }, 'stepUp has "extra"; there are "maxAge" and "acr"']
  ]
  for (const [options, message] of table) {
    t.throws(() => createStepUpCheck(options as StepUpOptions), { name: 'TypeError', message }, `${String(message)}`)
  }
})

t.test('of two step-ups the younger proof and the stronger one are asked for', async (t) => {
  const acrs = [undefined, 'aal1', 'aal2', 'phr'] as const
  const wrong: unknown[] = []
  for (const [first, one] of acrs.entries()) {
    for (const [second, other] of acrs.entries()) {
      for (const [maxAge, otherAge] of [[60, 300], [300, 60], [60, 60]] as const) {
        const combined = combineStepUps({ maxAge, ...(one && { acr: one }) }, { maxAge: otherAge, ...(other && { acr: other }) })
        const strongest = acrs[Math.max(first, second)]
        if (combined.maxAge !== 60 || combined.acr !== strongest) wrong.push([one, other, combined])
      }
    }
  }
  t.strictSame(wrong, [])
  t.strictSame(Object.keys(combineStepUps({ maxAge: 60 }, { maxAge: 60 })), ['maxAge'])
})
