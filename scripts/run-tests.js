// Runs test files, as many processes at once as keep the processors busy: some of them wait more than they work. tap's own runner has a
// fixed number of them, and loads a record of modules, of which we use nothing, into each.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, freemem } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { BUILT_TAP, bundlePackages } from './package-bundles.js'
import { ROOT, run } from './run.js'
import { TapDigest } from './tap-digest.js'
import { hasEnded, toGroups, withoutEndMark } from './test-groups.js'
import { removeTypes } from './typescript-cache.js'

const FOLDERS = ['src', 'client', 'test', 'examples']

/** Folders of test, those of long tests first: none shall be alone at the end. Those of `npm run test:strangers` are left out. */
const ORDER = ['process', 'docs', 'browser', 'service', 'tooling', 'unit']

const AT_LEAST = availableParallelism()
const AT_MOST = 4 * availableParallelism()
/** Another file is started when this share of the processors was idle for so long, and there is so much memory. */
const IDLE_SHARE = 0.15
const OBSERVED_MS = 400
const FREE_BYTES = 1e9

/** Of `.taprc`, which `npx tap run` reads, too. @type {{ 'node-arg': string[], timeout: number }} */
const { 'node-arg': NODE_ARGUMENTS, timeout: TIMEOUT_SECONDS } = parse(readFileSync(join(ROOT, '.taprc'), 'utf8'))

/**
 * Runs test files, and prints a line for each when it ends, failures, and counts.
 *
 * @param {string[]} files paths; all, if there is none
 * @param {Record<string, string>} [environment] added to that of this process
 * @param {(line: string) => void} [print]
 * @returns {Promise<number>} 0 when all have passed
 */
export async function runTests (files, environment = {}, print = console.log) {
  await prepare()
  process.once('SIGTERM', endAll)
  const all = files.length > 0 ? files.map((file) => relative(ROOT, resolve(file))) : listTests()
  const queue = toGroups(all)
  const digest = new TapDigest(print, all.length)
  /** @type {Set<Promise<void>>} */
  const running = new Set()
  const idle = new IdleShare()
  const hasRoom = () => running.size < AT_LEAST || (running.size < AT_MOST && freemem() > FREE_BYTES && idle.read() > IDLE_SHARE)
  while (queue.length > 0 || running.size > 0) {
    const group = queue.length > 0 && hasRoom() ? queue.shift() : undefined
    if (group === undefined) await Promise.race([...running, sleep(OBSERVED_MS / 4)])
    else {
      const ended = runGroup(group, environment, digest).then((left) => {
        if (left.length > 0) queue.push(left)
        running.delete(ended)
      })
      running.add(ended)
      idle.reset()
    }
  }
  process.off('SIGTERM', endAll)
  digest.printSummary()
  return digest.hasFailed ? 1 : 0
}

/** Those of files that are running. @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set()

/** Without its own runner, a test file would run on. */
function endAll () {
  for (const child of children) child.kill('SIGTERM')
  process.exit(1)
}

/** Makes what all test files need: otherwise each of them would load a compiler, to remove its own types. */
async function prepare () {
  if (readFileSync(BUILT_TAP, 'utf8').includes('@tapjs/typescript')) await run('tap', ['build'])
  await bundlePackages()
  for (const path of FOLDERS.flatMap(listTypeScript)) await removeTypes(readFileSync(path, 'utf8'))
}

/** @param {string} folder */
function listTypeScript (folder) {
  const names = readdirSync(join(ROOT, folder), { encoding: 'utf8', recursive: true })
  return names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')).map((name) => join(ROOT, folder, name))
}

function listTests () {
  return ORDER.flatMap((folder) => {
    const names = readdirSync(join(ROOT, 'test', folder), { encoding: 'utf8', recursive: true })
    return names.filter((name) => name.endsWith('.test.ts')).sort().map((name) => join('test', folder, name))
  })
}

/**
 * Runs the files of a group in one process, and tells the digest when each of them ends.
 *
 * @param {string[]} group
 * @param {Record<string, string>} environment
 * @param {TapDigest} digest
 * @returns {Promise<string[]>} those that have not begun when one before them ended the process
 */
async function runGroup (group, environment, digest) {
  const env = { ...process.env, ...environment, TAP_TIMEOUT: String(TIMEOUT_SECONDS) }
  const program = group.length > 1 ? ['scripts/run-group.js', ...group] : group
  const child = spawn(process.execPath, ['--enable-source-maps', ...NODE_ARGUMENTS, ...program], {
    cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit']
  })
  children.add(child)
  // A test that hangs ends itself, unless it keeps its process busy.
  const timer = setTimeout(() => child.kill('SIGKILL'), (TIMEOUT_SECONDS + 60) * 1_000)
  let startedAt = performance.now()
  let hasFailed = false
  /** @type {string[]} */
  let output = []
  const [...left] = group
  createInterface({ input: child.stdout }).on('line', (line) => {
    output.push(line)
    if (left.length > 1 && hasEnded(line, left[0] ?? '')) report(undefined)
  })
  const [code, signal] = await new Promise((resolve) => child.once('close', (...ended) => resolve(ended)))
  clearTimeout(timer)
  children.delete(child)
  // A process ends with 1, too, because of a failure that is reported already.
  report({ code: hasFailed && code === 1 ? 0 : code, signal })
  return left

  /** @param {import('./tap-digest.js').Ended | undefined} ended */
  function report (ended) {
    const file = left.shift() ?? ''
    const lines = withoutEndMark(output, file)
    hasFailed = digest.onFile(file, { output: lines, ended, ms: performance.now() - startedAt }) || hasFailed
    output = []
    startedAt = performance.now()
  }
}

/** What share of the processors was idle of late. */
class IdleShare {
  #from = readTimes()
  #at = performance.now()

  reset () {
    this.#from = readTimes()
    this.#at = performance.now()
  }

  /** @returns {number} 0 while that is not known yet */
  read () {
    if (performance.now() - this.#at < OBSERVED_MS) return 0
    const now = readTimes()
    const share = (now.idle - this.#from.idle) / Math.max(1, now.all - this.#from.all)
    this.reset()
    return share
  }
}

function readTimes () {
  const times = cpus().map(({ times }) => times)
  const all = times.flatMap((each) => Object.values(each))
  return { idle: times.reduce((sum, { idle }) => sum + idle, 0), all: all.reduce((sum, ms) => sum + ms, 0) }
}
