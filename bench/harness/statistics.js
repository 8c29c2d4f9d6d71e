/** @typedef {{ min: number, median: number, max: number }} Spread */

/**
 * @param {readonly number[]} values at least one
 * @returns {Spread}
 */
export function toSpread (values) {
  return { min: quantile(values, 0), median: quantile(values, 0.5), max: quantile(values, 1) }
}

/**
 * Divides each value by the reference of the same round.
 *
 * @param {readonly number[]} values one for each round
 * @param {readonly number[]} references likewise
 * @returns {Spread}
 */
export function toRatioSpread (values, references) {
  return toSpread(values.map((value, round) => value / (references[round] ?? NaN)))
}

/**
 * @param {readonly number[]} values
 * @param {number} fraction 0.99 for what 99 % do not exceed
 * @returns {number} interpolated between the two nearest
 */
export function quantile (values, fraction) {
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * fraction
  const low = sorted[Math.floor(position)] ?? NaN
  const high = sorted[Math.ceil(position)] ?? NaN
  return low + (high - low) * (position - Math.floor(position))
}

/** @param {readonly number[]} values */
export function sum (values) {
  return values.reduce((sum, value) => sum + value, 0)
}
