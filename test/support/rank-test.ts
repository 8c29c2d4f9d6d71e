// Whether two samples of times are told apart by more than chance.

/** So far apart are ranks by chance once in a hundred thousand times; a hash that is left out is told by every sample, and past 10. */
export const SIGNIFICANT = 4.5

/**
 * Mann and Whitney's: how far the ranks of two samples are from those of one, in standard deviations. It knows no outliers.
 *
 * @returns z, above 0 where `ones` are the greater
 */
export function rankTest (ones: readonly number[], others: readonly number[]): number {
  const all = [...ones.map((value) => ({ value, isOne: true })), ...others.map((value) => ({ value, isOne: false }))].sort((a, b) =>
    a.value - b.value)
  const rankSum = all.reduce((sum, { isOne }, index) => isOne ? sum + index + 1 : sum, 0)
  const [n, m] = [ones.length, others.length]
  const u = rankSum - n * (n + 1) / 2
  return (u - n * m / 2) / Math.sqrt(n * m * (n + m + 1) / 12)
}

export function median (values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
