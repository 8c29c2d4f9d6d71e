// A verifier with a cache and one without must always give the same result, whatever changes in between.
import fc from 'fast-check'
import t from 'tap'
import { createDenyList, createLocalKeySource } from '../../../src/edge/index.ts'
import { verifierWith } from '../edge/apps.ts'
import { toTwin } from '../edge/hostile-signatures.ts'
import { goodClaims, mint, testKeyMaterial, createKeyMaterial } from '../../support/tokens.ts'

const NOW_SECONDS = 1_800_000_000
const second = createKeyMaterial('ES256', 'second')
const impostor = createKeyMaterial('ES256', testKeyMaterial.jwk.kid)
const KEY_SETS = [[], [testKeyMaterial.jwk], [second.jwk], [testKeyMaterial.jwk, second.jwk], [impostor.jwk], [impostor.jwk, second.jwk]]

const claims = ['user', 'admin', 'sub-editor'].flatMap((role, user) => [0, 1].map((later) => {
  const { sub, ...rest } = goodClaims({ role }, NOW_SECONDS + user * 20 + later)
  return { ...rest, sub }
}))
const tokens = claims.flatMap((claims, index) => {
  const token = mint(index % 2 === 0 ? testKeyMaterial : second, claims)
  return [token, toTwin(token), `${token}A`]
})

function createScene () {
  const time = { ms: NOW_SECONDS * 1000 }
  const clock = () => time.ms
  const keys = createLocalKeySource([testKeyMaterial.jwk, second.jwk])
  const denyList = createDenyList({ clock })
  const shared = { keys, denyList, clock }
  return { time, keys, denyList, cached: verifierWith({ ...shared, cacheSize: 4 }), uncached: verifierWith({ ...shared, cacheSize: 0 }) }
}

type Scene = ReturnType<typeof createScene>
type Step = (scene: Scene) => boolean

const user = fc.constantFrom(...claims)
const steps: fc.Arbitrary<[name: string, step: Step]> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(...tokens.keys()).map((index): [string, Step] => [
      `token ${index}`, ({ cached, uncached }) => agree(cached.verify(tokens[index] ?? ''), uncached.verify(tokens[index] ?? ''))
    ])
  },
  {
    weight: 4,
    arbitrary: fc.integer({ min: -20_000, max: 330_000 }).map((ms): [string, Step] => [
      `at ${ms} ms`, ({ time }) => { time.ms = NOW_SECONDS * 1000 + ms; return true }
    ])
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...KEY_SETS.keys()).map((index): [string, Step] => [
      `keys ${index}`, ({ keys }) => { keys.replace(KEY_SETS[index] ?? []); return true }
    ])
  },
  {
    weight: 1,
    arbitrary: user.map(({ sid, exp }): [string, Step] => [
      `revoke ${sid}`, ({ denyList }) => { denyList.revokeSession({ sid, exp }); return true }
    ])
  },
  {
    weight: 1,
    arbitrary: user.map(({ sub, iat, exp }): [string, Step] => [
      `require a refresh of ${sub}`, ({ denyList }) => { denyList.requireRefresh({ sub, before: iat + 1, exp }); return true }
    ])
  },
  { weight: 1, arbitrary: fc.constant<[string, Step]>(['revoke second', ({ denyList }) => { denyList.revokeKey('second'); return true }]) }
)

/** The same rejection, or the same user. */
function agree (one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

t.test('VF26: a result from the cache is the same as without a cache', async () => {
  fc.assert(fc.property(fc.array(steps, { minLength: 5, maxLength: 40 }), (script) => {
    const scene = createScene()
    return script.every(([, step]) => step(scene))
  }), { numRuns: 150 })
})
