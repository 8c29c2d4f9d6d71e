// `npm run openapi`, its second half: the types of the client, from the document and nothing else.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const document = new URL('../openapi.yaml', import.meta.url)
const HEADER = '// Made from openapi.yaml by "npm run openapi": do not edit.\n\n'

/** @returns {Promise<string>} client/api.ts as it has to be */
export async function typesOfDocument () {
  return HEADER + astToString(await openapiTS(readFileSync(document, 'utf8'), { silent: true }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../client/api.ts', import.meta.url), await typesOfDocument())
}
