// `npm run openapi:check`: what validators, linters and Postman say about the OpenAPI document, the committed and the served one.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import { ROOT } from '../scripts/run.js'
import { installGroups } from '../scripts/toolchains.js'
import { COMMITTED, startInstance } from './instance.js'
import { fromNpm, fromPython, NPM, NPM_DIRECTORY, PYTHON } from './packages.js'
import { runPostmanImport } from './postman.js'
import { listComplaints } from './run-tool.js'

const REDOCLY = join(ROOT, 'node_modules/.bin/redocly')

/**
 * @typedef {object} Subject
 * @property {string[]} documents paths
 * @property {string} served path of the served document
 * @property {string} directory
 * @property {string} feedToken
 */

/** @type {Record<string, import('../scripts/toolchains.js').Toolchain & { check: (subject: Subject) => Promise<string[]> }>} */
const CHECKS = {
  'openapi-spec-validator': {
    ...PYTHON,
    check: ({ documents }) => listComplaints(fromPython('openapi-spec-validator'), documents)
  },
  redocly: {
    tool: [REDOCLY, '--version'],
    install () {},
    check: ({ documents }) => listComplaints(REDOCLY, ['lint', '--config', join(ROOT, 'redocly.yaml'), ...documents])
  },
  spectral: {
    ...NPM,
    check ({ documents }) {
      const parameters = ['lint', '--ruleset', join(NPM_DIRECTORY, 'spectral.yaml'), '--fail-severity', 'hint', ...documents]
      return listComplaints(fromNpm('spectral'), parameters)
    }
  },
  postman: { ...NPM, check: ({ served, directory, feedToken }) => runPostmanImport({ document: served, directory, feedToken }) }
}

const names = installGroups(Object.keys(CHECKS), CHECKS)
const directory = await mkdtemp(join(tmpdir(), 'gatepass-openapi-check-'))
const instance = await startInstance()
try {
  const served = join(directory, 'openapi.json')
  const response = await fetch(`${instance.address}/openapi.json`)
  const text = await response.text()
  await writeFile(served, text)
  // About what is the same, linters say the same.
  const isCommitted = isDeepStrictEqual(JSON.parse(toCommitted(text, instance.address)), parse(await readFile(COMMITTED, 'utf8')))
  const documents = isCommitted ? [COMMITTED] : [COMMITTED, served]
  for (const name of names) {
    const found = await CHECKS[name]?.check({ documents, served, directory, feedToken: instance.feedToken }) ?? []
    console.log(`${name}: ${found.length === 0 ? 'clean.' : `\n${found.join('\n')}`}`)
    if (found.length > 0) process.exitCode = 1
  }
} finally {
  await instance.stop()
  await rm(directory, { recursive: true })
}

/**
 * A service has its own address in the document, and without TLS another name of the cookie.
 *
 * @param {string} text of the served document
 * @param {string} address
 */
function toCommitted (text, address) {
  return text.replaceAll(address, 'http://localhost:3000').replace(/"gatepass-\d+"/, '"__Host-gatepass"')
}
