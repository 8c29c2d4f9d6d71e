// Which test files share a process: most of a short file's time goes into loading the service, and starting a database.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './run.js'

/** A larger group would be alone at the end of a run. */
const AT_MOST = 10
const SHARING = /(^|\/)test\/(unit|service)\//

/** Such a file would set the time limit of its whole group. */
const HAS_OWN_LIMIT = /^t\.setTimeout\(/m

/**
 * @param {string[]} files paths in the project
 * @returns {string[][]} those that run in one process, in the order of the first of each
 */
export function toGroups (files) {
  /** @type {string[][]} */
  const groups = []
  /** @type {string[]} */
  let open = []
  for (const file of files) {
    if (!canShare(file)) groups.push([file])
    else if (open.length % AT_MOST !== 0) open.push(file)
    else groups.push(open = [file])
  }
  return groups
}

/** @param {string} file */
function canShare (file) {
  return SHARING.test(file) && !HAS_OWN_LIMIT.test(readFileSync(join(ROOT, file), 'utf8'))
}

/**
 * @param {string} file
 * @returns {string} the name of the empty test that ends the tests of a file in the output of its group
 */
export function toEndMark (file) {
  return `end of ${file}`
}

/**
 * @param {string} line of the output of a group
 * @param {string} file
 * @returns {boolean} whether it is the result of the mark of this file
 */
export function hasEnded (line, file) {
  return /^ok \d+ - (.*?)(?: # .*)?$/.exec(line)?.[1] === toEndMark(file)
}

/**
 * @param {string[]} output
 * @param {string} file
 * @returns {string[]} what the tests of a file have written
 */
export function withoutEndMark (output, file) {
  const start = output.lastIndexOf(`# Subtest: ${toEndMark(file)}`)
  return start === -1 ? output : output.slice(0, start)
}
