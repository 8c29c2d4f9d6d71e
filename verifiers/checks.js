// Which tokens each verifier accepts.
import { BAD_TOKENS, createAttacker, GOOD_TOKENS } from './harness/tokens.js'

/** @typedef {import('./harness/program.js').Answer} Answer */
/** @typedef {Record<string, Answer>} Answers by kind of token */

/**
 * @param {object} options
 * @param {import('./harness/issuer.js').Issuer} options.issuer which has started
 * @param {import('./harness/fleet.js').Fleet} options.fleet
 * @param {import('./list.js').Verifier[]} options.verifiers
 * @param {(key: import('./harness/issuer.js').Key) => string} options.publishKey returns the address of its key set
 * @returns {Promise<Map<string, Answers>>} by title of the verifier
 */
export async function checkTokens ({ issuer, fleet, verifiers, publishKey }) {
  const attacker = createAttacker(issuer.algorithm)
  const subject = { issuer: issuer.address, key: issuer.signing, attacker, attackerKeySet: publishKey(attacker) }
  const { token } = await issuer.logIn()
  const answers = verifiers.map(async (verifier) => {
    /** @type {Answers} */
    const found = { 'from a login': await fleet.verify(verifier, token) }
    for (const [kind, create] of Object.entries({ ...GOOD_TOKENS, ...BAD_TOKENS })) {
      found[kind] = await fleet.verify(verifier, create(subject))
    }
    return /** @type {[string, Answers]} */ ([verifier.title, found])
  })
  return new Map(await Promise.all(answers))
}

/**
 * Whether tokens are accepted while SIGNING_ALGORITHM changes: the key set has keys of both algorithms.
 *
 * @param {object} options
 * @param {import('./harness/issuer.js').Issuer} options.issuer which has started with another algorithm
 * @param {import('./harness/fleet.js').Fleet} options.fleet
 * @param {import('./list.js').Verifier[]} options.verifiers
 * @returns {Promise<Map<string, Answer>>} by title of the verifier
 */
export async function checkTwoAlgorithms ({ issuer, fleet, verifiers }) {
  const { token } = await issuer.logIn()
  const answers = verifiers.map(async (verifier) => {
    return /** @type {[string, Answer]} */ ([verifier.title, await fleet.verify(verifier, token)])
  })
  return new Map(await Promise.all(answers))
}
