import t from 'tap'
import { CLOCK_LEEWAY_SECONDS, MAX_ACCESS_TTL_SECONDS, ROLE_PATTERN, UUID_PATTERN } from '../../../src/contract/index.ts'

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
