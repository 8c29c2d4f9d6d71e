// Node's module hooks; see package-bundles.js.
import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { BUNDLES } from './package-bundles.js'

/** @type {import('node:module').ResolveHook} */
export async function resolve (specifier, context, nextResolve) {
  const path = BUNDLES.get(specifier)
  return path === undefined ? nextResolve(specifier, context) : { url: pathToFileURL(path).href, format: 'module', shortCircuit: true }
}

/**
 * Otherwise tap's hook would send each file to the main thread, for a record that we do not use.
 *
 * @type {import('node:module').LoadHook}
 */
export async function load (url, context, nextLoad) {
  if (context.format !== 'module' || !/^file:.*js$/.test(url)) return nextLoad(url, context)
  return { format: 'module', shortCircuit: true, source: readFileSync(fileURLToPath(url), 'utf8') }
}
