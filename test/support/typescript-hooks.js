// Runs in the thread of Node's module hooks, see load-typescript.js.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('../../node_modules/.cache/gatepass-tests/', import.meta.url))
mkdirSync(directory, { recursive: true })

/** @type {import('node:module').LoadHook} */
export async function load (url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const source = readFileSync(fileURLToPath(url), 'utf8')
  return { format: 'module', shortCircuit: true, source: await withoutTypes(source) }
}

/** @param {string} source */
async function withoutTypes (source) {
  const path = `${directory}${createHash('sha256').update(source).digest('hex')}.js`
  try {
    return readFileSync(path, 'utf8')
  } catch {
    const { default: blankSpace } = await import('ts-blank-space')
    const code = blankSpace(source)
    // Whole or not at all: other processes read it, too.
    const part = `${path}.${process.pid}`
    writeFileSync(part, code)
    renameSync(part, path)
    return code
  }
}
