// Detects secrets that a person made up. A random secret is rejected less than once in ten million times.

const PLACEHOLDER = /change.?(me|it|this)|secret|passw|example|placeholder|insecure|replace.?me|gatepass|qwerty/i
const MIN_DISTINCT_BYTES = 8
/** Bounds the work, since a setting may have any length. */
const MAX_PERIOD = 64

/**
 * Whether a secret contains a placeholder, has few distinct bytes, or repeats or counts.
 *
 * @param forms the bytes of its text, and the decoded bytes
 */
export function isGuessable (...forms: readonly Buffer[]): boolean {
  return forms.some((bytes) => {
    const isPlaceholder = PLACEHOLDER.test(bytes.toString('latin1'))
    return isPlaceholder || new Set(bytes).size < MIN_DISTINCT_BYTES || isPeriodic(bytes) || isCounting(bytes)
  })
}

/** abcabcabc */
function isPeriodic (bytes: Buffer): boolean {
  const longest = Math.min(MAX_PERIOD, Math.floor(bytes.length / 2))
  for (let period = 1; period <= longest; period++) {
    if (bytes.subarray(period).equals(bytes.subarray(0, -period))) return true
  }
  return false
}

/** 0, 1, 2, 3 or z, y, x: at least half of the steps are equal. */
function isCounting (bytes: Buffer): boolean {
  const steps = new Map<number, number>()
  for (let index = 1; index < bytes.length; index++) {
    const step = (bytes[index] ?? 0) - (bytes[index - 1] ?? 0)
    steps.set(step, (steps.get(step) ?? 0) + 1)
  }
  return Math.max(...steps.values()) >= bytes.length / 2
}
