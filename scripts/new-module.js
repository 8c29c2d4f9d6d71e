// `npm run new-module NAME`: a guarded module with its test, its capabilities and its error, registered.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

/**
 * @typedef {object} Names
 * @property {string} path of addresses, files and capabilities, such as `ad-reports`
 * @property {string} name of the function: `adReports`
 * @property {string} Name of types and schemas: `AdReports`
 * @property {string} code of errors: `ad_reports`
 */

const root = fileURLToPath(new URL('..', import.meta.url))

try {
  create(process.argv[2] ?? '')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** @param {string} path such as `reports` or `ad-reports` */
function create (path) {
  const names = toNames(path)
  const [source, test] = [read('scripts/new-module/module.txt'), read('scripts/new-module/test.txt')]
  assertFree(names, source + test)
  const made = { [`src/modules/${path}/index.ts`]: fill(source, names), [`test/unit/modules/${path}.test.ts`]: fill(test, names) }
  for (const file of Object.keys(made)) if (existsSync(join(root, file))) throw new Error(`There is ${file} already.`)
  // Nothing is written before all of it is known.
  const files = { ...made, ...register(names) }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  console.log(`Made ${Object.keys(made).join('\n and ')}

Registered in src/app.ts. Admins have its capabilities, ${path}:read and ${path}:write: others get them in src/contract/roles.ts.
Its error is ${names.Name}ExistsError in src/errors.ts.

Next: "npm run openapi" writes its two routes down, and test/docs/openapi.test.ts lists the names of all operations: add
create${names.Name} and list${names.Name}.`)
}

/**
 * @param {Names} names
 * @returns {Record<string, string>} the files that know all modules, with this one
 */
function register ({ path, name, Name, code }) {
  const importAfter = /^import .* from '\.\/modules\/check\/index\.ts'\n/m
  const registerAfter = /^ {2}await app\.register\(admin, .*\n/m
  const capabilitiesAfter = /^export const defaultRoles = defineRoles\(\{\n {2}admin: \[\n(?: {4}.*\n)*? {4}.*(?=\n {2}\],)/m
  const errorAfter = /^export const LastAdminError = .*\n/m
  return {
    'src/app.ts': insert('src/app.ts', [
      [importAfter, `import { ${name} } from './modules/${path}/index.ts'\n`],
      [registerAfter, `  await app.register(${name}, { verifier })\n`]
    ]),
    'src/contract/roles.ts': insert('src/contract/roles.ts', [[capabilitiesAfter, `,\n    '${path}:read', '${path}:write'`]]),
    'src/errors.ts': insert('src/errors.ts', [
      [errorAfter, `export const ${Name}ExistsError = defineError('${code}_exists', 409, {
  alone: 'There is one with this title.', advice: 'Take another title.'
})\n`]
    ])
  }
}

/**
 * @param {string} file
 * @param {[after: RegExp, text: string][]} insertions
 * @returns {string} the file with them
 */
function insert (file, insertions) {
  return insertions.reduce((source, [after, text]) => {
    const found = after.exec(source)
    if (found === null) throw new Error(`${file} has no place for a new module any more: mend scripts/new-module.js.`)
    const end = found.index + found[0].length
    return source.slice(0, end) + text + source.slice(end)
  }, read(file))
}

/**
 * @param {string} path
 * @returns {Names}
 */
function toNames (path) {
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(path) || path.length > 24) {
    throw new Error(
      'Say the name of the module, in lower case, with dashes between words, at most 24 letters: npm run new-module ad-reports'
    )
  }
  const Name = path.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return { path, name: Name.charAt(0).toLowerCase() + Name.slice(1), Name, code: path.replaceAll('-', '_') }
}

/**
 * @param {Names} names
 * @param {string} source where they must not mean something else; src/app.ts is such a place, too
 */
function assertFree ({ name, Name }, source) {
  const code = `${source}${read('src/app.ts')}`.replace(/'[^'\n]*'|\/\*[^]*?\*\/|\/\/.*/g, '')
  const isTaken = new RegExp(`\\b(${name}|${Name})\\b`).test(code)
  try {
    if (isTaken) throw new SyntaxError()
    // eslint-disable-next-line no-new
    new Script(`'use strict'; function ${name} () {}`)
  } catch {
    throw new Error(`"${name}" means something else in a module: take another name.`)
  }
}

/**
 * @param {string} source with the names between dollar signs
 * @param {Names} names
 */
function fill (source, names) {
  return source.replace(/\$(path|name|Name|code)\$/g, (_found, key) => names[/** @type {keyof Names} */ (key)])
}

/** @param {string} file */
function read (file) {
  return readFileSync(join(root, file), 'utf8')
}
