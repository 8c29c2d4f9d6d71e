import t from 'tap'
import { areSameClaims, findCustomClaimsFault } from '../../../src/contract/index.ts'

t.test('a fault of custom claims is told in a sentence, with the member where there is one', async (t) => {
  const bytes = (text: string) => ({ a: text })
  const value = 'must be text without control characters, a whole number, or true or false'
  const name = 'must have names that match ^[a-z][a-z0-9_]{0,31}$'
  const table: Array<[claims: unknown, fault: ReturnType<typeof findCustomClaimsFault>]> = [
    [{}, undefined],
    [{ org_id: 'acme', seats: 3, beta: false }, undefined],
    [null, { message: 'must be an object' }],
    [[], { message: 'must be an object' }],
    ['acme', { message: 'must be an object' }],
    [{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1 }, { message: 'must have at most 8 members' }],
    [{ Org: 1 }, { message: name }],
    [JSON.parse('{"__proto__":1}'), { message: name }],
    [{ org_id: null }, { name: 'org_id', message: value }],
    [{ fine: 1, org_id: 1.5 }, { name: 'org_id', message: value }],
    [{ org_id: 'a\nb' }, { name: 'org_id', message: value }],
    [bytes('x'.repeat(88)), undefined],
    [bytes('x'.repeat(89)), { message: 'must have at most 96 bytes as JSON, but has 97' }],
    [bytes('é'.repeat(44)), undefined],
    [bytes('é'.repeat(45)), { message: 'must have at most 96 bytes as JSON, but has 98' }],
    [bytes('😀'.repeat(22)), undefined],
    [bytes('😀'.repeat(23)), { message: 'must have at most 96 bytes as JSON, but has 100' }]
  ]
  for (const [claims, fault] of table) t.strictSame(findCustomClaimsFault(claims), fault, JSON.stringify(claims).slice(0, 60))
})

t.test('custom claims are the same in any order, and only with the same values', async (t) => {
  const withoutPrototype = Object.assign(Object.create(null), { b: 'x', a: 1 })
  for (const [one, other] of [[{}, {}], [{ a: 1, b: 'x' }, { b: 'x', a: 1 }], [{ a: 1, b: 'x' }, withoutPrototype]]) {
    t.ok(areSameClaims(one, other))
    t.ok(areSameClaims(other, one))
  }
  for (const [one, other] of [
    [{}, { a: 1 }], [{ a: 1 }, { a: '1' }], [{ a: 1 }, { a: true }], [{ a: 1 }, { b: 1 }], [{ constructor: 'x' }, { a: 'x' }],
    [{ valueof: 1 }, { constructor: 1 }]
  ] as const) {
    t.notOk(areSameClaims(one, other))
    t.notOk(areSameClaims(other, one))
  }
})
