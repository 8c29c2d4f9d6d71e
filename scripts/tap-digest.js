// Condenses the TAP output of a long run of tests.
const INDENT = 4
const RESULT = /^(not )?ok (\d+)(?: - (.*?))?(?: # (.*))?$/

/** @typedef {{ passed: number, failed: number, skipped: number, assertions: number, files: number }} Counts */

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Ended how a process has ended */

/** @typedef {{ output: string[], ms: number, ended: Ended | undefined }} FileResult what a file has printed; its process may run on */

/**
 * Prints a line for each file when it ends, its failures at once and again at the end, the reasons of skipped tests, and the counts.
 *
 * A test is a call of `t.test`, at any depth; a test that contains a failed one has failed, too. A file that fails outside of its tests
 * counts as one failed test. Assertions are counted apart.
 */
export class TapDigest {
  /** @type {(line: string) => void} */
  #print
  /** @type {string[]} names of the tests that have begun, the outermost first */
  #path = []
  /** @type {string[]} */
  #failures = []
  /** @type {Map<string, number>} number of skipped tests by reason */
  #skips = new Map()
  /** @type {Counts} */
  #counts = { passed: 0, failed: 0, skipped: 0, assertions: 0, files: 0 }
  #failedInFile = 0
  #plannedFiles
  /** @type {'none' | 'shown' | 'hidden'} the state inside the YAML details of a result */
  #details = 'none'
  #showsDetails = false

  /**
   * @param {(line: string) => void} print
   * @param {number} plannedFiles
   */
  constructor (print, plannedFiles) {
    this.#print = print
    this.#plannedFiles = plannedFiles
  }

  get hasFailed () {
    return this.#counts.failed > 0 || this.#counts.files !== this.#plannedFiles
  }

  /**
   * @param {string} name
   * @param {FileResult} result
   * @returns {boolean} whether it has failed
   */
  onFile (name, { output, ms, ended }) {
    this.#path = [name]
    const failuresBefore = this.#failures.length
    for (const line of output) this.#onLine(line)
    this.#details = 'none'
    const plan = output.find((line) => /^1\.\.\d/.test(line))
    // Without a plan it has ended before its end.
    const isWhole = ended === undefined || plan !== undefined
    const hasFailed = this.#failures.length > failuresBefore || !isWhole || (ended !== undefined && ended.code !== 0)
    const [isEmpty, reason = 'no tests found'] = /^1\.\.0(?: # (.*))?$/.exec(plan ?? '') ?? []
    const directive = !hasFailed && isEmpty !== undefined ? `SKIP ${reason}` : `${Math.ceil(ms / 1000)} s`
    const isExplained = ended === undefined || (this.#failedInFile > 0 && plan !== undefined && ended.signal === null)
    this.#onResult(0, { hasFailed, number: String(this.#counts.files + 1), name, directive, line: '' })
    if (hasFailed && !isExplained) this.#print(`    it ended with ${ended.signal ?? ended.code}${isWhole ? '' : ', before its end'}`)
    return hasFailed
  }

  /** @param {string} line of a file */
  #onLine (line) {
    const text = line.trimStart()
    const depth = (line.length - text.length) / INDENT + 1
    if (this.#details !== 'none') {
      if (this.#details === 'shown') this.#print(`    ${line}`)
      if (text === '...') this.#details = 'none'
      return
    }
    if (text === '---') {
      this.#details = this.#showsDetails ? 'shown' : 'hidden'
      if (this.#showsDetails) this.#print(`    ${line}`)
      return
    }
    const [, begun] = /^# Subtest: (.*)/.exec(text) ?? []
    const [, not, number = '', name = '', directive = ''] = RESULT.exec(text) ?? []
    if (begun !== undefined) this.#path.splice(depth, this.#path.length, begun)
    else if (number !== '') {
      const hasFailed = not !== undefined && !/^TODO/i.test(directive)
      this.#showsDetails = this.#onResult(depth, { hasFailed, number, name, directive, line: text })
    }
  }

  printSummary () {
    const { passed, failed, skipped, assertions, files } = this.#counts
    for (const [reason, count] of this.#skips) this.#print(`${count} skipped: ${reason}`)
    if (this.#failures.length > 0) this.#print(['Failures:', ...this.#failures.map((name) => `  ${name}`)].join('\n'))
    this.#print(`${passed} tests passed, ${failed} failed, ${skipped} skipped (${assertions} assertions in ${files} files).`)
  }

  /**
   * @param {number} depth 0 for a file
   * @param {{ hasFailed: boolean, number: string, name: string, directive: string, line: string }} result
   * @returns whether its details are to be shown
   */
  #onResult (depth, { hasFailed, number, name, directive, line }) {
    const [skip, reason = ''] = /^SKIP ?(.*)/i.exec(directive) ?? []
    if (skip !== undefined) this.#skips.set(reason, (this.#skips.get(reason) ?? 0) + 1)
    this.#count({ depth, isTest: this.#path.length > depth, isSkipped: /^(SKIP|TODO)/i.test(directive), hasFailed })
    this.#path.splice(depth, this.#path.length)
    if (depth === 0) this.#print(`${hasFailed ? 'not ' : ''}ok ${number} of ${this.#plannedFiles} - ${name} (${directive})`)
    const whole = [...this.#path, name].join(' > ')
    // A test that has failed because of one inside it was reported with that one.
    if (!hasFailed || this.#failures.some((known) => known.startsWith(`${whole} > `))) return false
    this.#failures.push(whole)
    if (depth > 0) this.#print(`${' '.repeat(depth * INDENT)}${line}`)
    return true
  }

  /** @param {{ depth: number, isTest: boolean, isSkipped: boolean, hasFailed: boolean }} result */
  #count ({ depth, isTest, isSkipped, hasFailed }) {
    const counts = this.#counts
    if (depth === 0) {
      counts.files++
      if (hasFailed && this.#failedInFile === 0) counts.failed++
      this.#failedInFile = 0
    } else if (isSkipped) counts.skipped++
    else if (!isTest) counts.assertions++
    else if (hasFailed) {
      counts.failed++
      this.#failedInFile++
    } else counts.passed++
  }
}
