// What was found, as a table, and what of it is not as expected.
import { BAD_TOKENS, GOOD_TOKENS } from './harness/tokens.js'

/** @typedef {import('./list.js').Verifier} Verifier */
/** @typedef {import('./checks.js').Answers} Answers */
/** @typedef {{ courses: Map<string, import('./emergency.js').Course>, restarted: Map<string, boolean> }} Rotation */

/**
 * @typedef {object} Findings each by title of the verifier
 * @property {Map<string, Answers>} es256
 * @property {Map<string, Answers>} eddsa
 * @property {Map<string, import('./harness/program.js').Answer>} bothAlgorithms
 * @property {Rotation} newKey
 * @property {Rotation} standby
 */

const GOOD = ['from a login', ...Object.keys(GOOD_TOKENS)]
/** Flask-JWT-Extended answers 422 to a token that is no token of its service. */
const REFUSALS = new Set([401, 403, 422])
const BAD = Object.keys(BAD_TOKENS)

/**
 * @param {Verifier[]} verifiers
 * @param {Findings} findings
 * @param {number} watchSeconds
 */
export function toTable (verifiers, { es256, eddsa, newKey, standby }, watchSeconds) {
  return Object.fromEntries(verifiers.map(({ title }) => [title, {
    good: countAccepted(es256.get(title), GOOD),
    'bad refused': `${BAD.length - BAD.filter((kind) => es256.get(title)?.[kind]?.accepted).length}/${BAD.length}`,
    EdDSA: eddsa.get(title)?.['from a login']?.accepted ? 'yes' : 'no',
    'new key: accepted': toTime(newKey.courses.get(title)?.acceptedAfter),
    'stolen key refused': toTime(newKey.courses.get(title)?.refusedAfter),
    'standby: accepted': toTime(standby.courses.get(title)?.acceptedAfter),
    'stolen key refused ': toTime(standby.courses.get(title)?.refusedAfter)
  }]))

  /** @param {number | undefined} seconds */
  function toTime (seconds) {
    if (seconds === undefined) return `> ${watchSeconds} s`
    return seconds < 1.5 ? 'at once' : `${Math.round(seconds)} s`
  }
}

/**
 * @param {Verifier[]} verifiers
 * @param {Findings} findings
 * @returns {string[]} a sentence for each token that was answered otherwise than docs/verifying.md says
 */
export function listSurprises (verifiers, { es256, eddsa, bothAlgorithms, newKey, standby }) {
  return verifiers.flatMap((verifier) => {
    const { title, eddsa: hasEddsa = true } = verifier
    return [
      ...listWrong(verifier, es256.get(title), 'ES256'),
      ...hasEddsa ? listWrong(verifier, eddsa.get(title), 'EdDSA') : [],
      ...!hasEddsa && eddsa.get(title)?.['from a login']?.accepted ? [`${title} has EdDSA now.`] : [],
      ...bothAlgorithms.get(title)?.accepted === false
        ? [`${title} refuses a good token while the key set has two algorithms: ${bothAlgorithms.get(title)?.text.slice(0, 300)}`]
        : [],
      ...[newKey, standby].some(({ restarted }) => restarted.get(title) === false)
        ? [`${title}, started after a rotation, does not accept the next key alone.`]
        : []
    ]
  })
}

/**
 * @param {Verifier} verifier
 * @param {Answers} [answers]
 * @param {string} [algorithm]
 * @returns {string[]}
 */
function listWrong ({ title, accepts = [] }, answers = {}, algorithm = '') {
  if (Object.values(answers).every(({ status }) => status === 0)) return [`${title} does not respond: ${Object.values(answers)[0]?.text}`]
  return [...GOOD, ...BAD].flatMap((kind) => {
    const { accepted = false, status = 0, text = '' } = answers[kind] ?? {}
    const answer = `(${algorithm}, ${kind}): ${status} ${text.slice(0, 300)}`
    if (GOOD.includes(kind)) return isGood(answers[kind]) ? [] : [`${title} refuses a good token ${answer}`]
    if (accepts.includes(kind)) return accepted ? [] : [`${title} refuses now ${answer}`]
    if (accepted) return [`${title} accepts a bad token ${answer}`]
    return REFUSALS.has(status) ? [] : [`${title} fails at a bad token ${answer}`]
  })
}

/** @param {import('./harness/program.js').Answer} [answer] */
function isGood (answer) {
  return answer?.accepted === true && /"user":\s*"[0-9a-f-]{36}"/.test(answer.text) && /"role":\s*"(admin|user)"/.test(answer.text)
}

/**
 * @param {Answers} [answers]
 * @param {string[]} [kinds]
 */
function countAccepted (answers = {}, kinds = []) {
  return `${kinds.filter((kind) => isGood(answers[kind])).length}/${kinds.length}`
}
