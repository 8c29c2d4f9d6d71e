import { existsSync, readFileSync } from 'node:fs'

/** The directory of this package. */
export const PACKAGE_ROOT = findRoot(new URL('.', import.meta.url))

/** @returns the version of this package, from its package.json */
export function packageVersion (): string {
  const description: unknown = JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8'))
  return typeof description === 'object' && description !== null && 'version' in description ? String(description.version) : '0.0.0'
}

/** By its package.json: the sources, the build and the bundled program are at different depths. */
function findRoot (directory: URL): URL {
  return existsSync(new URL('package.json', directory)) ? directory : findRoot(new URL('..', directory))
}
