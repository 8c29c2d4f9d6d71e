// What a trial has found, a line for each promise.
import { spawnSync } from 'node:child_process'

/** A program that a trial needs is not installed; the message ends a sentence. */
export class MissingToolError extends Error {}

/**
 * @param {...string} programs by their names on the PATH
 * @throws {MissingToolError}
 */
export function requireTools (...programs) {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined)
  if (missing.length > 0) throw new MissingToolError(`${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not installed`)
}

export class Report {
  failures = 0

  /**
   * @param {boolean} holds
   * @param {string} promise a sentence, with the figures that were seen
   */
  check (holds, promise) {
    console.log(`${holds ? 'held' : 'FAILED'}: ${promise}`)
    if (!holds) this.failures++
  }
}
