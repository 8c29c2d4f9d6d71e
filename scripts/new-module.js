// `npm run new-module NAME`: a guarded module with its test, copied from the smallest there is.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

const root = fileURLToPath(new URL('..', import.meta.url))
const SMALLEST = join(root, 'src/modules/account/me.ts')
const ITS_TEST = join(root, 'test/unit/modules/me.test.ts')

try {
  create(process.argv[2] ?? '')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** @param {string} name such as `reports` or `ad-reports` */
function create (name) {
  const [source, test] = [readFileSync(SMALLEST, 'utf8'), readFileSync(ITS_TEST, 'utf8')]
  const names = namesOf(name)
  assertFree(names, source + test)
  const paths = { module: `src/modules/${name}/index.ts`, test: `test/unit/modules/${name}.test.ts` }
  for (const path of Object.values(paths)) if (existsSync(join(root, path))) throw new Error(`There is ${path} already.`)

  mkdirSync(join(root, 'src/modules', name), { recursive: true })
  writeFileSync(join(root, paths.module), rename(source, names))
  writeFileSync(join(root, paths.test), rename(test, names))
  console.log(`Made ${paths.module}
 and ${paths.test}

Register it in src/app.ts, beside the others, and write its route down with "npm run openapi":

  import { ${names.camel} } from './modules/${name}/index.ts'
  await app.register(${names.camel}, { verifier })

What it allows is a capability of the roles in src/contract/roles.ts.`)
}

/**
 * @param {string} name
 * @returns {{ name: string, camel: string, pascal: string }} of addresses and files, of functions, of types
 */
function namesOf (name) {
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(name)) {
    throw new Error(
      'Say the name of the module, in lower case, with dashes between words: npm run new-module ad-reports'
    )
  }
  const pascal = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return { name, camel: pascal.charAt(0).toLowerCase() + pascal.slice(1), pascal }
}

/**
 * @param {{ camel: string, pascal: string }} names
 * @param {string} source where they must not mean something else
 */
function assertFree ({ camel, pascal }, source) {
  const code = source.replace(/'[^'\n]*'|\/\*.*?\*\/|\/\/.*/gs, '')
  const isTaken = new RegExp(`\\b(${camel}|${pascal})\\b`).test(code)
  try {
    if (isTaken) throw new SyntaxError()
    // eslint-disable-next-line no-new
    new Script(`'use strict'; function ${camel} () {}`)
  } catch {
    throw new Error(`"${camel}" means something else in a module: take another name.`)
  }
}

/**
 * @param {string} source
 * @param {{ name: string, camel: string, pascal: string }} names
 */
function rename (source, { name, camel, pascal }) {
  return source
    .replaceAll("'/me'", `'/${name}'`)
    .replace('modules/account/index.ts', `modules/${name}/index.ts`)
    .replace(/\bonMe\b/g, `on${pascal}`)
    .replace(/\bMe(Schema)?\b/g, `${pascal}$1`)
    .replace(/\bme(Route)?\b/g, `${camel}$1`)
    .replace('whoAmI', `find${pascal}`)
    .replace(/\/\*\* The smallest guarded module.*\*\//, `/** What is at /${name}, for those who may read an account; a start. */`)
}
