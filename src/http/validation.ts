import AjvCompiler, { type Ajv, type BuildCompilerFromPool } from '@fastify/ajv-compiler'
import { ANY_CASE_UUID_PATTERN } from '../contract/index.ts'
import { CompiledSchemas } from './compiled-schemas.ts'
import { EMAIL_FORMAT } from './formats.ts'

// All errors, so that a client can correct them at once: their number is limited by the size of a body, and that of a response by us.
const STRICT = {
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: true,
  allErrors: true,
  allowUnionTypes: true,
  // V8 optimizes what is called often: Ajv's own optimizer takes half of the time of a compilation, and makes nothing faster.
  code: { optimize: false }
} as const
const TO_LOWER_CASE = 'toLowerCase'

// Caches one compiler for each set of shared schemas: Fastify asks for one in each scope, and making one takes 30 ms.
const buildCompiler = AjvCompiler()
const compiled = new CompiledSchemas<ReturnType<ReturnType<BuildCompilerFromPool>>>()

/**
 * Makes Fastify's validator. Bodies are validated as they are: 5 is not "5", and an unknown member is an error. Path and query parameters
 * are text, so their values are converted to the types of the schema. A UUID may have any case (RFC 9562 4): handlers get it in lower case,
 * wherever a schema says `format: uuid`.
 */
export const buildValidator: BuildCompilerFromPool = (sharedSchemas) => {
  const shared = withLowerCaseUuids(sharedSchemas)
  const strict = buildCompiler(shared, { customOptions: STRICT, onCreate: addFormats })
  const coercing = buildCompiler(shared, { customOptions: { ...STRICT, coerceTypes: true }, onCreate: addFormats })
  const context = JSON.stringify(shared)
  return (route) => {
    const [compile, kind] = isForParameters(route) ? [coercing, 'parameters'] as const : [strict, 'body'] as const
    return compiled.get(route, kind + context, () => compile(withLowerCaseUuids(route)))
  }
}

function addFormats (ajv: Ajv): void {
  // That of ajv-formats refuses letters beyond ASCII.
  ajv.addFormat('email', EMAIL_FORMAT)
  // The format of ajv-formats accepts `urn:uuid:` too.
  ajv.addFormat('uuid', ANY_CASE_UUID_PATTERN)
  ajv.addKeyword({
    keyword: TO_LOWER_CASE,
    type: 'string',
    modifying: true,
    errors: false,
    validate (_schema: true, text: string, _parentSchema?: object, location?: Location) {
      if (location !== undefined) location.parentData[location.parentDataProperty] = text.toLowerCase()
      return true
    }
  })
}

/** Where a value stands. */
interface Location {
  parentData: Record<string | number, unknown>
  parentDataProperty: string | number
}

/** Adds our keyword to a copy of the schemas, for the validator only: the OpenAPI document is made from the originals. */
function withLowerCaseUuids<T> (schemas: T): T {
  return JSON.parse(JSON.stringify(schemas), (_key, value) => value?.format === 'uuid' ? { ...value, [TO_LOWER_CASE]: true } : value)
}

/** Fastify passes the schema together with `httpPart`, which its type does not say. */
function isForParameters (route: unknown): boolean {
  if (typeof route !== 'object' || route === null || !('httpPart' in route)) return false
  return route.httpPart === 'params' || route.httpPart === 'querystring'
}
