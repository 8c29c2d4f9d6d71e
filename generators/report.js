// What was found, as a table, and in sentences what failed.

/** @typedef {[string, import('./run.js').Result][]} Results by name of the generator */

/** @param {Results} results */
export function toTable (results) {
  return Object.fromEntries(results.map(([name, { generates, compiles, steps }]) => {
    return [name, toWords({ generates, compiles, ...steps })]
  }))
}

/**
 * @param {Results} results
 * @returns {string[]}
 */
export function listFailures (results) {
  return results.flatMap(([name, { generates, compiles, steps, output }]) => {
    const failed = Object.keys(steps).filter((step) => steps[step] === false)
    if (output === '' && failed.length === 0) return []
    if (!generates) return [`${name} makes no client: ${output}`]
    if (!compiles) return [`The client of ${name} does not compile: ${output}`]
    return [`The client of ${name} fails at ${failed.join(', ') || 'its end'}: ${output}`]
  })
}

/**
 * @param {Record<string, boolean>} answers
 * @returns {Record<string, string>}
 */
function toWords (answers) {
  return Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, answer ? 'yes' : 'NO']))
}
