import { readFileSync } from 'node:fs'

/** @returns the version of this package, from its package.json */
export function packageVersion (): string {
  const description: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof description === 'object' && description !== null && 'version' in description ? String(description.version) : '0.0.0'
}
