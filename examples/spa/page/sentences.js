// What the page says when something did not work.
import { ProblemError, UnavailableError } from 'gatepass/client'

export const AWAY = 'The service cannot be reached at the moment. Try again in a moment.'
const KEPT = 'The service cannot be reached at the moment. Your session is kept.'

/** @param {unknown} error */
export function toSentence (error) {
  if (error instanceof UnavailableError || error instanceof TypeError) return KEPT
  if (!(error instanceof ProblemError)) throw error
  const { message, retryAfterSeconds } = error
  return retryAfterSeconds === undefined ? message : `${message} Try again in ${retryAfterSeconds} seconds.`
}
