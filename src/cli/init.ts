import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '../dependencies.ts'
import { PACKAGE_ROOT } from '../package.ts'
import { shellQuote } from '../startup/index.ts'
import type { Result } from './run.ts'

const TEMPLATE = fileURLToPath(new URL('templates/api', PACKAGE_ROOT))

/** Of npm, for a package without a scope. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9._-]{0,213}$/

/**
 * Writes a repository of a team's own that depends on this package: roles, two modules, their tests.
 *
 * @param path of the directory, whose name becomes that of the package
 * @throws OperatorError for a directory that is not empty, or has no name for a package
 */
export async function initCommand (path: string): Promise<Result> {
  const directory = resolve(path)
  const name = basename(directory)
  if (!PACKAGE_NAME.test(name)) throw new OperatorError(`"${name}" is no name of a package: use lower-case letters, digits and dashes.`)
  await mkdir(directory, { recursive: true })
  if ((await readdir(directory)).length > 0) throw new OperatorError(`${directory} is not empty: name a new directory.`)
  await cp(TEMPLATE, directory, { recursive: true })
  // npm leaves files of its name out of packages.
  await rename(join(directory, 'gitignore'), join(directory, '.gitignore'))
  await replaceIn(join(directory, 'package.json'), [['"my-api"', `"${name}"`]])
  await replaceIn(join(directory, 'README.md'), [['my-api', name]])
  return {
    text: `Made ${directory}: its roles are in src/roles.ts, its modules in src/modules.\n` +
      `Next: cd ${shellQuote(path)} && npm install && npm start`,
    value: { directory }
  }
}

async function replaceIn (file: string, replacements: ReadonlyArray<[from: string, to: string]>): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, replacements.reduce((changed, [from, to]) => changed.replaceAll(from, to), text))
}
