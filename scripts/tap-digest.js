// What is worth reading in the log of a long run of tests.
import { createInterface } from 'node:readline'

/**
 * Prints a line for each file as it ends, what failed in it at once and once more at the end, why tests were skipped, and the counts.
 *
 * @param {import('node:stream').Readable} output TAP, as tap's own reporter of that name writes it
 * @param {(line: string) => void} [print]
 */
export async function digest (output, print = console.log) {
  /** @type {string[]} names of the tests that have begun, the outermost first */
  const path = []
  /** @type {string[]} */
  const failures = []
  /** @type {Map<string, number>} how many tests by why they were skipped */
  const skips = new Map()
  let files = '?'
  /** @type {'none' | 'shown' | 'hidden'} what is read of the details of a result */
  let detail = 'none'
  let isWanted = false

  for await (const line of createInterface({ input: output })) {
    const text = line.trimStart()
    const depth = (line.length - text.length) / INDENT
    if (detail !== 'none') {
      if (detail === 'shown') print(line)
      if (text === '...') detail = 'none'
    } else if (text === '---') {
      detail = isWanted ? 'shown' : 'hidden'
      if (isWanted) print(line)
    } else {
      const [, begun] = /^# Subtest: (.*)/.exec(text) ?? []
      const result = RESULT.exec(text)
      if (begun !== undefined) path.splice(depth, path.length, begun)
      else if (result !== null) isWanted = onResult(depth, result)
      else if (/^# (\{|time)/.test(line)) print(line)
      else if (/^1\.\.\d/.test(line)) [, files = '?'] = /^1\.\.(\d+)/.exec(line) ?? []
    }
  }
  for (const [reason, count] of skips) print(`${count} skipped: ${reason}`)
  if (failures.length > 0) print([`${failures.length} failed:`, ...failures.map((name) => `  ${name}`)].join('\n'))

  /**
   * @param {number} depth
   * @param {RegExpExecArray} result
   * @returns whether its details are worth reading
   */
  function onResult (depth, [line, not, number, name = '', directive = '']) {
    const [skip, reason = ''] = /^SKIP ?(.*)/i.exec(directive) ?? []
    if (skip !== undefined) skips.set(reason, (skips.get(reason) ?? 0) + 1)
    path.splice(depth, path.length)
    if (depth === 0) print(`${not ?? ''}ok ${number} of ${files} - ${name} (${secondsOf(directive)})`)
    const whole = [...path, name].join(' > ')
    // One that only says that something in it failed was named already.
    if (not === undefined || /^TODO/i.test(directive) || failures.some((known) => known.startsWith(`${whole} > `))) return false
    failures.push(whole)
    if (depth > 0) print(`${' '.repeat(depth * INDENT)}${line}`)
    return true
  }
}

const INDENT = 4
const RESULT = /^(not )?ok (\d+)(?: - (.*?))?(?: # (.*))?$/

/** @param {string} directive such as time=1234.5ms */
function secondsOf (directive) {
  const [, milliseconds] = /time=([\d.]+)ms/.exec(directive) ?? []
  return milliseconds === undefined ? 'no time' : `${Math.ceil(Number(milliseconds) / 1000)} s`
}
