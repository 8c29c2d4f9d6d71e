// The tools, from npm and from PyPI.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPythonToolchain, installFromNpm } from '../scripts/toolchains.js'

export const NPM_DIRECTORY = fileURLToPath(new URL('npm', import.meta.url))
export const PYTHON_DIRECTORY = fileURLToPath(new URL('python', import.meta.url))

/** @type {import('../scripts/toolchains.js').Toolchain} */
export const NPM = {
  tool: ['npm', '--version'],
  install () {
    if (!existsSync(join(NPM_DIRECTORY, 'node_modules'))) installFromNpm(NPM_DIRECTORY)
  }
}
export const PYTHON = createPythonToolchain(PYTHON_DIRECTORY)

/** @param {string} program */
export const fromNpm = (program) => join(NPM_DIRECTORY, 'node_modules/.bin', program)

/** @param {string} program */
export const fromPython = (program) => join(dirname(PYTHON.python), program)
