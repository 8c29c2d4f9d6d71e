// A signing key was stolen, and is revoked: how long each verifier goes on to accept it, and when it accepts the next key.
import { setTimeout as sleep } from 'node:timers/promises'
import { goodClaims, mint } from './harness/tokens.js'

/** In the first half minute, and later. */
const INTERVALS_MS = { first: 500, later: 5_000 }
const FIRST_SECONDS = 30
/** Less than the lifetime of a token. */
const RENEWED_SECONDS = 200

/**
 * @typedef {object} Course seconds after the rotation, of a verifier that knew the keys before it; undefined: not within the time that it
 *   was watched
 * @property {number | undefined} acceptedAfter it accepted tokens of the next key
 * @property {number | undefined} refusedAfter it refused those of the stolen key
 */

/**
 * @param {object} options
 * @param {import('./harness/issuer.js').Issuer} options.issuer
 * @param {import('./harness/fleet.js').Fleet} options.fleet
 * @param {import('./list.js').Verifier[]} options.verifiers
 * @param {boolean} options.useStandby
 * @param {number} options.warmSeconds how long before the rotation the verifiers read the keys
 * @param {number} options.watchSeconds
 * @returns {Promise<Map<string, Course>>} by title of the verifier
 */
export async function rotateInEmergency ({ issuer, fleet, verifiers, useStandby, warmSeconds, watchSeconds }) {
  const mintStolen = () => mint(issuer.signing, goodClaims(issuer.address))
  await Promise.all(verifiers.map((verifier) => fleet.verify(verifier, mintStolen())))
  await sleep(warmSeconds * 1000)
  await issuer.rotate({ compromised: issuer.signing.kid, ...useStandby && { use_standby: true } })
  const courses = await watch({ issuer, fleet, verifiers, mintStolen, watchSeconds })
  return new Map(verifiers.map(({ title }, index) => [title, courses[index] ?? { acceptedAfter: undefined, refusedAfter: undefined }]))
}

/**
 * @param {object} options
 * @param {import('./harness/issuer.js').Issuer} options.issuer
 * @param {import('./harness/fleet.js').Fleet} options.fleet started after the rotation
 * @param {import('./list.js').Verifier[]} options.verifiers
 * @returns {Promise<Map<string, boolean>>} by title of the verifier: whether it accepts the next key alone
 */
export async function checkRestarted ({ issuer, fleet, verifiers }) {
  const { token } = await issuer.logIn()
  const found = verifiers.map(async (verifier) => {
    const stolen = await fleet.verify(verifier, mint(issuer.signing, goodClaims(issuer.address)))
    const next = await fleet.verify(verifier, token)
    return /** @type {[string, boolean]} */ ([verifier.title, !stolen.accepted && next.accepted])
  })
  return new Map(await Promise.all(found))
}

/**
 * @param {object} options
 * @param {import('./harness/issuer.js').Issuer} options.issuer
 * @param {import('./harness/fleet.js').Fleet} options.fleet
 * @param {import('./list.js').Verifier[]} options.verifiers
 * @param {() => string} options.mintStolen
 * @param {number} options.watchSeconds
 * @returns {Promise<Course[]>} in the order of the verifiers
 */
async function watch ({ issuer, fleet, verifiers, mintStolen, watchSeconds }) {
  const startedAt = performance.now()
  const { token } = await issuer.logIn()
  const secondsNow = () => (performance.now() - startedAt) / 1000
  return await Promise.all(verifiers.map(async (verifier) => {
    /** @type {Course} */
    const course = { acceptedAfter: undefined, refusedAfter: undefined }
    while (secondsNow() < watchSeconds) {
      // The honest token first: it is what makes a verifier read the keys again.
      const next = await fleet.verify(verifier, await fresh())
      if (next.accepted) course.acceptedAfter ??= secondsNow()
      const stolen = await fleet.verify(verifier, mintStolen())
      course.refusedAfter = stolen.accepted ? undefined : course.refusedAfter ?? secondsNow()
      if (course.acceptedAfter !== undefined && course.refusedAfter !== undefined) break
      await sleep(secondsNow() < FIRST_SECONDS ? INTERVALS_MS.first : INTERVALS_MS.later)
    }
    return course
  }))

  async function fresh () {
    return secondsNow() < RENEWED_SECONDS ? token : (await issuer.logIn()).token
  }
}
