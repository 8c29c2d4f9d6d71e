// The machine, and how its cores are assigned.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem, type as system } from 'node:os'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const GIB = 2 ** 30
const CORES = canPin() ? allowedCores() : []

/** The server has a core of its own, everything else the other one; undefined where processes cannot be held to a core. */
export const SERVER_CORE = CORES.length >= 2 ? CORES[0] : undefined
export const OTHER_CORE = CORES.length >= 2 ? CORES[1] : undefined

/**
 * @param {number | undefined} core
 * @param {string[]} command
 * @returns {[program: string, parameters: string[]]} for `spawn`: the command, held to the core
 */
export function onCore (core, [program = '', ...parameters]) {
  return core === undefined ? [program, parameters] : ['taskset', ['--cpu-list', String(core), program, ...parameters]]
}

/** @returns {string} one line */
export function describeMachine () {
  const [first] = cpus()
  return [
    `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}`,
    `${Math.round(totalmem() / GIB)} GiB`,
    `${system()} ${release()}`,
    SERVER_CORE === undefined ? 'not pinned to cores' : 'server on one core, load on another'
  ].join(', ')
}

/** @returns {string} the commit that is measured, and whether it is all that is measured */
export function describeCommit () {
  const git = (/** @type {string[]} */ ...parameters) =>
    execFileSync('git', parameters, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'src', 'migrations', 'package.json') === ''
      ? ''
      : ' and changes to it')
  } catch {
    return 'unknown'
  }
}

/**
 * @param {string} name of an installed package
 * @returns {string} name and version
 */
export function packageVersion (name) {
  const { version } = JSON.parse(readFileSync(`${ROOT}/node_modules/${name}/package.json`, 'utf8'))
  return `${name} ${version}`
}

function canPin () {
  return process.platform === 'linux' && (process.env.PATH ?? '').split(':').some((directory) => existsSync(`${directory}/taskset`))
}

/** Not all of them are ours in a container. */
function allowedCores () {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  return list.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}
