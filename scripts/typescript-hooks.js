// Node's module hooks; see load-typescript.js.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('../node_modules/.cache/gatepass-tests/', import.meta.url))
mkdirSync(directory, { recursive: true })

/** @type {import('node:module').LoadHook} */
export async function load (url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const source = readFileSync(fileURLToPath(url), 'utf8')
  return { format: 'module', shortCircuit: true, source: await removeTypes(source) }
}

/** @param {string} source */
async function removeTypes (source) {
  const path = `${directory}${createHash('sha256').update(source).digest('hex')}.js`
  try {
    return readFileSync(path, 'utf8')
  } catch {
    const { default: blankSpace } = await import('ts-blank-space')
    const code = blankSpace(source)
    // Renamed when complete, because other processes read it.
    const temporary = `${path}.${process.pid}`
    writeFileSync(temporary, code)
    renameSync(temporary, path)
    return code
  }
}
