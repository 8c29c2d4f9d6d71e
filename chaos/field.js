// What somebody may be by now, when some changes were answered and others were not.

/** A change whose answer was lost may still be made, by a database that hung, so long after it was given up. */
export const DOUBT_MS = 30_000

/**
 * @template T
 * @typedef {{ value: T, sentAt: number, doneAt: number, isAcknowledged: boolean }} Change
 */

/**
 * @template T
 * @param {T} initial
 */
export function createField (initial) {
  let known = initial
  /** @type {Array<Change<T>>} what may yet be so, or have been made after what is known */
  let open = []
  let version = 0

  return {
    /** Changes with everything that is sent or answered. */
    get version () { return version },
    /** @returns {T[]} what it may be; one value when it is sure */
    possible: () => [...new Set([known, ...open.map(({ value }) => value)])],
    /** @param {T} value */
    begin (value) {
      version++
      /** @type {Change<T>} */
      const change = { value, sentAt: performance.now(), doneAt: Infinity, isAcknowledged: false }
      open.push(change)
      return change
    },
    /**
     * @param {Change<T>} change
     * @param {boolean} isAcknowledged
     */
    end (change, isAcknowledged) {
      version++
      change.doneAt = performance.now()
      change.isAcknowledged = isAcknowledged
      if (!isAcknowledged) return
      known = change.value
      open = open.filter((other) => other !== change && other.doneAt + DOUBT_MS > change.sentAt)
    }
  }
}

/**
 * @param {ReadonlyArray<Change<unknown>>} changes
 * @param {number} begunAt
 * @returns {boolean} whether one of them may have met what was begun then
 */
export function mayHaveMet (changes, begunAt) {
  return changes.some(({ doneAt, isAcknowledged }) => doneAt + (isAcknowledged ? 0 : DOUBT_MS) >= begunAt)
}

/**
 * @param {ReadonlyArray<Change<unknown>>} changes
 * @param {number} answeredAt
 * @returns {boolean} whether one of them has certainly met what was there then
 */
export function hasMet (changes, answeredAt) {
  return changes.some(({ sentAt, isAcknowledged }) => isAcknowledged && sentAt > answeredAt)
}
