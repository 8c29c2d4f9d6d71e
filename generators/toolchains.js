// What the generators and their programs need.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createPythonToolchain, installFromNpm, runTool } from '../scripts/toolchains.js'
import { OPENAPI_GENERATOR_VERSION } from './list.js'

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Where commands are found, before those of the machine. */
export const BINARIES = [here('bin'), here('python/venv/bin'), here('npm/node_modules/.bin')]

const JAR = 'openapi-generator-cli.jar'
const ARTIFACT = `org.openapitools:openapi-generator-cli:${OPENAPI_GENERATOR_VERSION}`
/** The packages of these come when the program is compiled. */
const LATER = () => {}

export const TOOLCHAINS = /** @satisfies {Record<string, import('../scripts/toolchains.js').Toolchain>} */ ({
  npm: {
    tool: ['npm', '--version'],
    install: () => installFromNpm(here('npm'))
  },
  python: createPythonToolchain(here('python')),
  go: { tool: ['go', 'version'], install: () => runTool('go', ['mod', 'download'], here('go')) },
  maven: { tool: ['mvn', '--version'], install: LATER },
  rust: { tool: ['cargo', '--version'], install: LATER },
  'openapi-generator': {
    tool: ['mvn', '--version'],
    install () {
      if (existsSync(here(`bin/${JAR}`))) return
      const parameters = [`-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${here('bin')}`, '-Dmdep.stripVersion=true']
      runTool('mvn', ['--quiet', '--batch-mode', 'dependency:copy', ...parameters], here('.'))
    }
  }
})
