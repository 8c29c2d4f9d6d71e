// Generates a client, compiles it with its program, and runs the program against the service.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkSteps } from './steps.js'
import { BINARIES } from './toolchains.js'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const COMPILE_TIMEOUT_MS = 900_000
const RUN_TIMEOUT_MS = 30_000
const TAIL_LENGTH = 3_000

/**
 * @typedef {object} Result
 * @property {boolean} generates
 * @property {boolean} compiles
 * @property {Record<string, boolean>} steps
 * @property {string} output the end of what the last command printed, where something failed
 */

/**
 * @param {import('./list.js').Generator} generator
 * @param {object} options
 * @param {string} options.document the path of the OpenAPI document
 * @param {Record<string, string>} options.environment of the program
 * @returns {Promise<Result>}
 */
export async function runGenerator ({ folder, generate, compile, run, readsFeed = false }, { document, environment }) {
  const cwd = join(HERE, folder)
  await mkdir(join(cwd, 'generated'), { recursive: true })
  await copyFile(document, join(cwd, 'openapi.yaml'))

  const generated = await runLine(generate, cwd)
  const compiled = generated.isGood ? await runLine(compile, cwd) : generated
  const ran = compiled.isGood ? await runLine(run, cwd, environment, RUN_TIMEOUT_MS) : { ...compiled, stdout: '' }
  const steps = checkSteps(ran.stdout, readsFeed)
  const isGood = ran.isGood && Object.values(steps).every(Boolean)
  return { generates: generated.isGood, compiles: generated.isGood && compiled.isGood, steps, output: isGood ? '' : ran.tail }
}

/** @param {string} folder */
export async function removeGenerated (folder) {
  for (const name of ['generated', 'openapi.yaml']) await rm(join(HERE, folder, name), { recursive: true, force: true })
}

/**
 * @param {string} line for the shell
 * @param {string} cwd
 * @param {Record<string, string>} [environment]
 */
async function runLine (line, cwd, environment = {}, timeout = COMPILE_TIMEOUT_MS) {
  const { PATH = '', ...others } = process.env
  // What npx would find: starting npm for it takes half a second.
  const child = spawn('sh', ['-c', `exec ${line.replace(/^npx /, '')}`], {
    cwd, timeout, stdio: ['ignore', 'pipe', 'pipe'], env: { ...others, ...environment, PATH: [...BINARIES, PATH].join(delimiter) }
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => { output.stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text) => { output.stderr += text })
  const [code] = await once(child, 'close')
  return { isGood: code === 0, stdout: output.stdout, tail: `${line}\n${output.stdout}${output.stderr}`.slice(-TAIL_LENGTH) }
}
