// `npm run openapi`, its second half: the types of the client, from the document and nothing else.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'

const document = new URL('../openapi.yaml', import.meta.url)
const HEADER = '// Made from openapi.yaml by "npm run openapi": do not edit.\n\n'

/** @returns {Promise<string>} client/api.ts as it has to be */
export async function typesOfDocument () {
  return HEADER + astToString(await openapiTS(readFileSync(document, 'utf8'), { silent: true, transform, postTransform }))
}

/**
 * Which roles there are depends on the service: the document of another one names others.
 *
 * @type {NonNullable<import('openapi-typescript').OpenAPITSOptions['transform']>}
 */
function transform (_schema, { path }) {
  return path === '#/components/schemas/Role' ? createType('StringKeyword') : undefined
}

/**
 * Of the values of custom claims the document says which types they have not.
 *
 * @type {NonNullable<import('openapi-typescript').OpenAPITSOptions['postTransform']>}
 */
function postTransform (type, { path }) {
  if (path !== '#/components/schemas/Claims' || type.kind !== ts.SyntaxKind.UnknownKeyword) return undefined
  return ts.factory.createUnionTypeNode([createType('StringKeyword'), createType('NumberKeyword'), createType('BooleanKeyword')])
}

/** @param {'StringKeyword' | 'NumberKeyword' | 'BooleanKeyword'} name */
function createType (name) {
  return ts.factory.createKeywordTypeNode(ts.SyntaxKind[name])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../client/api.ts', import.meta.url), await typesOfDocument())
}
