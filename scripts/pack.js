// `npm run pack -- [FOLDER [NAME …]]`: packs what is published: the service, the verifying half for Fastify and for other frameworks, and
// the client. Prints the paths of the tarballs, which `npm publish` takes.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ROOT } from './packages.js'
import { NAMES, stage } from './stage.js'

const [folder = 'packed', ...wanted] = process.argv.slice(2)
const unknown = wanted.find((name) => !NAMES.includes(name))
if (unknown === undefined) for (const path of await pack(wanted.length === 0 ? NAMES : wanted, resolve(ROOT, folder))) console.log(path)
else {
  console.error(`There is no package "${unknown}": name some of ${NAMES.join(', ')}.`)
  process.exitCode = 1
}

/**
 * @param {string[]} names
 * @param {string} target folder
 * @returns {Promise<string[]>} paths of the tarballs
 */
async function pack (names, target) {
  const staging = mkdtempSync(join(tmpdir(), 'gatepass-packages-'))
  try {
    for (const name of names) await stage(name, join(staging, name))
    mkdirSync(target, { recursive: true })
    const folders = names.map((name) => `./${name}`)
    const parameters = ['pack', '--silent', '--ignore-scripts', '--pack-destination', target, ...folders]
    return execFileSync('npm', parameters, { cwd: staging, encoding: 'utf8' }).trim().split('\n').map((file) => join(target, file))
  } finally {
    rmSync(staging, { recursive: true })
  }
}
