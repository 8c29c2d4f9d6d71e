// What the page says when something did not work.
import { ProblemError, UnavailableError } from 'gatepass/client'

export const AWAY = 'The service cannot be reached at the moment. Try again in a moment.'
const KEPT = 'The service cannot be reached at the moment. Your session is kept.'

/** What browsers say of passkeys; for a person who declines and for a device that is not there, they say the same. */
const OF_PASSKEYS = {
  NotAllowedError: 'No passkey was used. Try again, or choose another way.',
  InvalidStateError: 'This device has a passkey of your account already.',
  SecurityError: 'This page may not use the passkeys of this service.',
  // Another passkey was asked for, or somebody is logged in by now: there is nothing to say.
  AbortError: ''
}

const HINTS = {
  invalid_second_factor: 'Codes of the app work once: wait for the next one.',
  wrong_code: 'A code works once: wait for the next one.',
  unknown_passkey: 'Your browser may forget it. Choose another one, or log in with your password.'
}

/** @param {unknown} error */
export function toSentence (error) {
  if (error instanceof UnavailableError || error instanceof TypeError) return KEPT
  if (isPasskeyError(error)) return OF_PASSKEYS[/** @type {keyof typeof OF_PASSKEYS} */ (error.name)]
  if (!(error instanceof ProblemError)) throw error
  const { code, message, retryAfterSeconds } = error
  if (retryAfterSeconds !== undefined) return `${message} Try again in ${retryAfterSeconds} seconds.`
  return code in HINTS ? `${message} ${HINTS[/** @type {keyof typeof HINTS} */ (code)]}` : message
}

/**
 * @param {unknown} error
 * @returns {error is DOMException}
 */
export function isPasskeyError (error) {
  return error instanceof DOMException && error.name in OF_PASSKEYS
}
