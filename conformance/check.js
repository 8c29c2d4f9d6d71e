// `npm run openapi:check`: what validators, linters and Postman say about the OpenAPI document, the committed and the served one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../scripts/run.js'
import { installGroups } from '../scripts/toolchains.js'
import { COMMITTED, startInstance } from './instance.js'
import { fromNpm, fromPython, NPM, NPM_DIRECTORY, PYTHON } from './packages.js'
import { runPostmanImport } from './postman.js'
import { listComplaints } from './run-tool.js'

const REDOCLY = join(ROOT, 'node_modules/.bin/redocly')

/** @typedef {{ served: string, directory: string, feedToken: string }} Subject `served` is the path of the served document */

/** @type {Record<string, import('../scripts/toolchains.js').Toolchain & { check: (subject: Subject) => Promise<string[]> }>} */
const CHECKS = {
  'openapi-spec-validator': {
    ...PYTHON,
    check: ({ served }) => listComplaints(fromPython('openapi-spec-validator'), [COMMITTED, served])
  },
  redocly: {
    tool: [REDOCLY, '--version'],
    install () {},
    check: ({ served }) => listComplaints(REDOCLY, ['lint', '--config', join(ROOT, 'redocly.yaml'), COMMITTED, served])
  },
  spectral: {
    ...NPM,
    check ({ served }) {
      const parameters = ['lint', '--ruleset', join(NPM_DIRECTORY, 'spectral.yaml'), '--fail-severity', 'hint', COMMITTED, served]
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
  await writeFile(served, await response.text())
  for (const name of names) {
    const found = await CHECKS[name]?.check({ served, directory, feedToken: instance.feedToken }) ?? []
    console.log(`${name}: ${found.length === 0 ? 'clean.' : `\n${found.join('\n')}`}`)
    if (found.length > 0) process.exitCode = 1
  }
} finally {
  await instance.stop()
  await rm(directory, { recursive: true })
}
