import AjvCompiler, { type BuildCompilerFromPool } from '@fastify/ajv-compiler'

const STRICT = { coerceTypes: false, removeAdditional: false, useDefaults: true, allErrors: false } as const

// Keeps one compiler for each set of shared schemas: Fastify asks for one in each scope, and to make one takes 30 ms.
const build = AjvCompiler()

/** Bodies are taken as they are: 5 is not "5", and an unknown member is not dropped. In addresses all is text, so there types are read from it. */
export const buildValidator: BuildCompilerFromPool = (sharedSchemas) => {
  const strict = build(sharedSchemas, { customOptions: STRICT })
  const reading = build(sharedSchemas, { customOptions: { ...STRICT, coerceTypes: true } })
  return (route) => isOfAddress(route) ? reading(route) : strict(route)
}

/** Fastify hands over the schema with the part of the request that it is for, whatever the type says. */
function isOfAddress (route: unknown): boolean {
  return typeof route === 'object' && route !== null && 'httpPart' in route && (route.httpPart === 'params' || route.httpPart === 'querystring')
}
