// What is installed and started for each group of verifiers.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createPythonToolchain, installFromNpm, runTool as run } from '../scripts/toolchains.js'

/** @typedef {import('../scripts/toolchains.js').Toolchain & { programs: Record<string, import('./harness/program.js').Program> }} Group */

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url))

const DEBIAN_PACKAGES = ['libapache2-mod-auth-openidc', 'libapache2-mod-oauth2']
const PYTHON = createPythonToolchain(here('python'))

/** @type {Record<string, Group>} */
export const GROUPS = {
  npm: {
    tool: ['npm', '--version'],
    install: () => installFromNpm(here('npm')),
    programs: { npm: { command: [process.execPath, here('npm/main.js')] } }
  },
  go: {
    tool: ['go', 'version'],
    install: () => run('go', ['build', '-o', 'verifiers', '.'], here('go')),
    programs: { go: { command: [here('go/verifiers')] } }
  },
  java: {
    tool: ['mvn', '--version'],
    install: () => run('mvn', ['--quiet', '--batch-mode', 'package'], here('java')),
    programs: {
      java: java('-cp', `${here('java/libraries/target/classes')}:${here('java/libraries/target/lib')}/*`, 'verifiers.Main'),
      'spring-boot-3': java('-jar', here('java/spring-boot-3/target/spring-boot-3-0.jar')),
      'spring-boot-4': java('-jar', here('java/spring-boot-4/target/spring-boot-4-0.jar')),
      'quarkus-oidc': quarkus('quarkus-oidc'),
      'quarkus-smallrye-jwt': quarkus('quarkus-smallrye-jwt')
    }
  },
  python: {
    ...PYTHON,
    programs: {
      python: { command: [PYTHON.python, here('python/main.py')] },
      fastapi: { command: [PYTHON.python, here('python/serve_fastapi.py')], cwd: here('python') }
    }
  },
  rust: {
    tool: ['cargo', '--version'],
    install: () => run('cargo', ['build', '--quiet', '--locked'], here('rust')),
    programs: { rust: { command: [here('rust/target/debug/gatepass-verifiers')] } }
  },
  debian: {
    tool: ['apache2', '-v'],
    install () {
      for (const name of ['mod_auth_openidc', 'mod_oauth2']) {
        if (!existsSync(`/usr/lib/apache2/modules/${name}.so`)) throw new Error(`apt-get install apache2 ${DEBIAN_PACKAGES.join(' ')}`)
      }
      // As start.sh does: it needs root, and a container may forbid it.
      run('unshare', ['--mount', 'true'], here('debian'))
    },
    programs: { debian: { command: [here('debian/start.sh')], adapt: (environment) => ({ ...environment, SITE: here('debian/site') }) } }
  }
}

/**
 * @param {string[]} parameters
 * @returns {import('./harness/program.js').Program}
 */
function java (...parameters) {
  return { command: ['java', '-Xmx256m', '-XX:TieredStopAtLevel=1', ...parameters] }
}

/**
 * Quarkus writes EDDSA.
 *
 * @param {string} name of its folder
 * @returns {import('./harness/program.js').Program}
 */
function quarkus (name) {
  return {
    ...java('-jar', here(`java/${name}/target/quarkus-app/quarkus-run.jar`)),
    adapt: ({ ALGORITHM = '', ...environment }) => ({ ...environment, ALGORITHM: ALGORITHM.toUpperCase() })
  }
}
