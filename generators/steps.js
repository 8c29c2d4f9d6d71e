// What each program does and prints: a line for each step, its name first.
import { isDeepStrictEqual } from 'node:util'
import { CLAIMS } from './service.js'

const UUID = /^[0-9a-f-]{36}$/

/**
 * In the order of the lines: whether what is printed is right, given what was printed before.
 *
 * @type {Record<string, (text: string, printed: Map<string, string>) => boolean>}
 */
export const STEPS = {
  login: (text) => UUID.test(text),
  me: (text) => text === 'user 1',
  claims: (text) => isDeepStrictEqual(JSON.parse(text), CLAIMS),
  sessions: (text) => /^1 \d{4}-\d\d-\d\dT\d\d:\d\d/.test(text),
  keys: (text) => text.toUpperCase() === 'ES256 ES256',
  forbidden: (text) => text === '403 insufficient_scope',
  refresh: (text, printed) => text === printed.get('login'),
  logout: (text) => text === '',
  refused: (text) => text === '401 invalid_token'
}

/** Of those that read the feed, too: how many public keys are in it. */
export const FEED_STEP = 'feed'

/**
 * @param {string} output
 * @param {boolean} readsFeed
 * @returns {Record<string, boolean>} by step, whether it went well
 */
export function checkSteps (output, readsFeed) {
  const printed = new Map(output.split('\n').map((line) => {
    const [name = '', ...words] = line.trim().split(' ')
    return [name, words.join(' ')]
  }))
  const steps = readsFeed ? { ...STEPS, [FEED_STEP]: (/** @type {string} */ text) => text === '2' } : STEPS
  return Object.fromEntries(Object.entries(steps).map(([name, isRight]) => [name, isRightIn(printed, name, isRight)]))
}

/**
 * @param {Map<string, string>} printed
 * @param {string} name
 * @param {(text: string, printed: Map<string, string>) => boolean} isRight
 */
function isRightIn (printed, name, isRight) {
  const text = printed.get(name)
  try {
    return text !== undefined && isRight(text, printed)
  } catch {
    return false
  }
}
