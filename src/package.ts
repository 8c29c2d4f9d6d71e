import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory of this package. */
export const PACKAGE_ROOT = findRoot(new URL('.', import.meta.url))

/** @returns the version of this package, from its package.json */
export function packageVersion (): string {
  const description: unknown = JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8'))
  return typeof description === 'object' && description !== null && 'version' in description ? String(description.version) : '0.0.0'
}

/**
 * How somebody runs a command of this program: a program of a team knows its roles and its tables, and `npx gatepass` does not.
 *
 * @param script the main module of the process
 */
export function commandLineName (script = process.argv[1] ?? ''): string {
  const path = existsSync(script) ? realpathSync(script) : script
  const isOurs = path === '' || path.startsWith(fileURLToPath(PACKAGE_ROOT))
  return isOurs ? 'npx gatepass' : `node ${relative(process.cwd(), path)}`
}

/** By its package.json: the sources, the build and the bundled program are at different depths. */
function findRoot (directory: URL): URL {
  return existsSync(new URL('package.json', directory)) ? directory : findRoot(new URL('..', directory))
}
