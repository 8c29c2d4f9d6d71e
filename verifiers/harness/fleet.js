// The programs of several groups, started together.
import { startProgram } from './program.js'

/** @typedef {import('../list.js').Verifier} Verifier */
/** @typedef {import('./program.js').Answer} Answer */
/** @typedef {Awaited<ReturnType<typeof startFleet>>} Fleet */

/**
 * @param {Record<string, import('./program.js').Program>} programs
 * @param {Verifier[]} verifiers
 * @param {Record<string, string>} environment
 */
export async function startFleet (programs, verifiers, environment) {
  const names = [...new Set(verifiers.map(({ program }) => program))]
  /** @type {Map<string, Awaited<ReturnType<typeof startProgram>>>} */
  const running = new Map()
  /** @type {Map<string, string>} */
  const failures = new Map()
  await Promise.all(names.map(async (name) => {
    const program = programs[name]
    if (program === undefined) throw new Error(`there is no program ${name}`)
    await startProgram(program, environment).then((started) => running.set(name, started), (error) => failures.set(name, String(error)))
  }))

  return {
    /**
     * @param {Verifier} verifier
     * @param {string} token
     * @returns {Promise<Answer>} refused where its program did not start
     */
    async verify ({ name, program }, token) {
      return await running.get(program)?.verify(name, token) ?? { accepted: false, status: 0, text: failures.get(program) ?? '' }
    },
    async stop () {
      await Promise.all([...running.values()].map((program) => program.stop()))
    }
  }
}
