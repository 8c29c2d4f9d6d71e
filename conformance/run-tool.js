import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * @param {string} program
 * @param {string[]} parameters
 * @returns {Promise<string>} its output
 * @throws with its output, when it fails
 */
export async function runTool (program, parameters) {
  try {
    const { stdout } = await promisify(execFile)(program, parameters, { env: { ...process.env, NO_COLOR: '1', REDOCLY_TELEMETRY: 'off' } })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '', message = '' } = /** @type {{ stdout?: string, stderr?: string, message?: string }} */ (error)
    throw new Error(`${stdout}${stderr}` || message)
  }
}
