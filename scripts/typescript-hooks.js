// Node's module hooks; see load-typescript.js.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { removeTypes } from './typescript-cache.js'

/** @type {import('node:module').LoadHook} */
export async function load (url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const source = readFileSync(fileURLToPath(url), 'utf8')
  return { format: 'module', shortCircuit: true, source: await removeTypes(source) }
}
