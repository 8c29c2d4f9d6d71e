import t from 'tap'
import {
  ACR_VALUES, CLOCK_LEEWAY_SECONDS, MAX_ACCESS_TTL_SECONDS, parseScope, ROLE_PATTERN, toAcr, toLevel, UUID_PATTERN
} from '../../../src/contract/index.ts'

t.test('a UUID has one canonical form', async (t) => {
  const uuid = '0192f0c1-2b3c-7d4e-8f90-a1b2c3d4e5f6'
  t.match(uuid, UUID_PATTERN)
  for (const other of [
    uuid.toUpperCase(), `${uuid}\n`, ` ${uuid}`, `{${uuid}}`, uuid.replaceAll('-', ''), `${uuid}0`, uuid.slice(1),
    uuid.replace('0', 'g'), `x\n${uuid}`
  ]) {
    t.notMatch(other, UUID_PATTERN, JSON.stringify(other))
  }
})

t.test('a role name is short and plain', async (t) => {
  for (const role of ['a', 'admin', 'sub-editor', 'night_shift', 'r2', 'a'.repeat(32)]) t.match(role, ROLE_PATTERN)
  for (const role of [
    '', 'A', '2r', '-a', 'a b', 'a\n', 'a\u0000', '\u0430', 'a'.repeat(33)
  ]) t.notMatch(role, ROLE_PATTERN, JSON.stringify(role))
})

t.test('the clock leeway is less than a minute, and the longest lifetime an hour', async (t) => {
  t.equal(CLOCK_LEEWAY_SECONDS, 5)
  t.equal(MAX_ACCESS_TTL_SECONDS, 3600)
})

t.test('each acr has its level, from the weakest to the strongest', async (t) => {
  t.strictSame(ACR_VALUES.map(toLevel), [1, 2, 3])
  t.strictSame(ACR_VALUES.map((acr) => toAcr(toLevel(acr))), ACR_VALUES)
})

t.test('a scope is capabilities with one space between, at most 256 letters', async (t) => {
  t.strictSame(parseScope(''), [])
  t.strictSame(parseScope('campaigns:read'), ['campaigns:read'])
  t.strictSame(parseScope('users:read campaigns:read a'), ['users:read', 'campaigns:read', 'a'])
  t.equal(parseScope('a'.repeat(256))?.length, 1)
  t.equal(parseScope('a '.repeat(128).trim())?.length, 128)
  for (const scope of [' ', ' a', 'a ', 'a  b', 'a\tb', 'a\n', 'a,b', 'A', 'a:', '*', 'a'.repeat(257), `${'a '.repeat(128)}a`]) {
    t.equal(parseScope(scope), undefined, JSON.stringify(scope))
  }
})
