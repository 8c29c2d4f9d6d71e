// Whether a secret was chosen rather than drawn. One that was drawn is refused less often than once in ten million times.

const PLACEHOLDER = /change.?(me|it|this)|secret|passw|example|placeholder|insecure|replace.?me|gatepass|qwerty/i
const FEWEST_VALUES = 8
/** Longer ones are not looked for; and a setting may be as long as it likes. */
const LONGEST_PERIOD = 64

/**
 * @param forms the bytes of the secret as it is written, and as it is meant
 * @returns whether one of them is a word that stands for a secret, has few values, or repeats or counts
 */
export function isGuessable (...forms: readonly Buffer[]): boolean {
  return forms.some((bytes) => PLACEHOLDER.test(bytes.toString('latin1')) || new Set(bytes).size < FEWEST_VALUES || repeats(bytes) || counts(bytes))
}

/** abcabcabc */
function repeats (bytes: Buffer): boolean {
  const longest = Math.min(LONGEST_PERIOD, Math.floor(bytes.length / 2))
  for (let period = 1; period <= longest; period++) {
    if (bytes.subarray(period).equals(bytes.subarray(0, -period))) return true
  }
  return false
}

/** 0, 1, 2, 3 or z, y, x: most of the steps are the same one. */
function counts (bytes: Buffer): boolean {
  const steps = new Map<number, number>()
  for (let index = 1; index < bytes.length; index++) {
    const step = (bytes[index] ?? 0) - (bytes[index - 1] ?? 0)
    steps.set(step, (steps.get(step) ?? 0) + 1)
  }
  return Math.max(...steps.values()) >= bytes.length / 2
}
