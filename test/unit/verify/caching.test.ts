// A verifier that remembers and one that does not must never differ, whatever is told to both of them in between.
import fc from 'fast-check'
import t from 'tap'
import { createDenyList, createLocalKeySource } from '../../../src/edge/index.ts'
import { material, verifierWith } from '../edge/apps.ts'
import { twinOf } from '../edge/hostile-signatures.ts'
import { createMaterial, goodClaims, mint } from '../edge/minting.ts'

const NOW_SECONDS = 1_800_000_000
const second = createMaterial('ES256', 'second')
const impostor = createMaterial('ES256', material.jwk.kid)
const KEY_SETS = [[], [material.jwk], [second.jwk], [material.jwk, second.jwk], [impostor.jwk], [impostor.jwk, second.jwk]]

const claims = ['user', 'admin', 'sub-editor'].flatMap((role, user) => [0, 1].map((later) => {
  const { sub, ...rest } = goodClaims({ role }, NOW_SECONDS + user * 20 + later)
  return { ...rest, sub }
}))
const tokens = claims.flatMap((claims, index) => {
  const token = mint(index % 2 === 0 ? material : second, claims)
  return [token, twinOf(token), `${token}A`]
})

function createWorld () {
  const time = { ms: NOW_SECONDS * 1000 }
  const clock = () => time.ms
  const keys = createLocalKeySource([material.jwk, second.jwk])
  const denyList = createDenyList({ clock })
  const told = { keys, denyList, clock }
  return { time, keys, denyList, remembering: verifierWith({ ...told, cacheSize: 4 }), forgetful: verifierWith({ ...told, cacheSize: 0 }) }
}

type World = ReturnType<typeof createWorld>
type Step = (world: World) => boolean

const user = fc.constantFrom(...claims)
const steps: fc.Arbitrary<[name: string, step: Step]> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...tokens.keys()).map((index): [string, Step] => [`token ${index}`, ({ remembering, forgetful }) => agree(remembering.verify(tokens[index] ?? ''), forgetful.verify(tokens[index] ?? ''))]) },
  { weight: 4, arbitrary: fc.integer({ min: -20_000, max: 330_000 }).map((ms): [string, Step] => [`at ${ms} ms`, ({ time }) => { time.ms = NOW_SECONDS * 1000 + ms; return true }]) },
  { weight: 2, arbitrary: fc.constantFrom(...KEY_SETS.keys()).map((index): [string, Step] => [`keys ${index}`, ({ keys }) => { keys.replace(KEY_SETS[index] ?? []); return true }]) },
  { weight: 1, arbitrary: user.map(({ sid, exp }): [string, Step] => [`revoke ${sid}`, ({ denyList }) => { denyList.revokeSession({ sid, exp }); return true }]) },
  { weight: 1, arbitrary: user.map(({ sub, iat, exp }): [string, Step] => [`cut ${sub}`, ({ denyList }) => { denyList.requireRefresh({ sub, before: iat + 1, exp }); return true }]) },
  { weight: 1, arbitrary: fc.constant<[string, Step]>(['revoke second', ({ denyList }) => { denyList.revokeKey('second'); return true }]) }
)

/** The same refusal, or the same user. */
function agree (one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

t.test('VF26: a verdict from memory is the one that would be given without it', async () => {
  fc.assert(fc.property(fc.array(steps, { minLength: 5, maxLength: 40 }), (script) => {
    const world = createWorld()
    return script.every(([, step]) => step(world))
  }), { numRuns: 150 })
})
