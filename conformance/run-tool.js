import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Plain text: tap asks for colours. */
const PLAIN = { FORCE_COLOR: undefined, NO_COLOR: '1', REDOCLY_TELEMETRY: 'off' }

/** Where this is set, as in images, each of several runs would compile all modules. */
const PYTHON = { PYTHONDONTWRITEBYTECODE: undefined }

/**
 * @param {string} program
 * @param {string[]} parameters
 * @param {import('node:child_process').ExecFileOptions} [options] whose `env` is added to that of this process
 * @throws with its output, when it fails
 */
export async function runTool (program, parameters, { env, ...options } = {}) {
  try {
    const environment = { ...process.env, ...PLAIN, ...PYTHON, ...env }
    await promisify(execFile)(program, parameters, { maxBuffer: Infinity, ...options, env: environment })
  } catch (error) {
    const { stdout = '', stderr = '', message = '' } = /** @type {{ stdout?: string, stderr?: string, message?: string }} */ (error)
    throw new Error(`${stdout}${stderr}` || message)
  }
}

/**
 * Runs a program that fails when it has something to say.
 *
 * @param {Parameters<typeof runTool>} parameters
 * @returns {Promise<string[]>} what it says
 */
export async function listComplaints (...parameters) {
  try {
    await runTool(...parameters)
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
