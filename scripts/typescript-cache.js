// JavaScript of our TypeScript files, kept on disk: types are replaced by blanks, so that lines and columns stay the same.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What tests and `npm run dev` make of sources and packages. */
export const CACHE = fileURLToPath(new URL('../node_modules/.cache/gatepass-tests/', import.meta.url))
mkdirSync(CACHE, { recursive: true })

/** @param {string} source */
export async function removeTypes (source) {
  const path = `${CACHE}${createHash('sha256').update(source).digest('hex')}.js`
  if (existsSync(path)) return readFileSync(path, 'utf8')
  // It loads the compiler, which takes most of a second.
  const { default: blankSpace } = await import('ts-blank-space')
  const code = blankSpace(source)
  // Renamed when complete, because other processes read it.
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, code)
  renameSync(temporary, path)
  return code
}
