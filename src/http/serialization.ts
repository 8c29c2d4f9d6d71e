import SerializerSelector, { type SerializerFactory, type Serializer } from '@fastify/fast-json-stringify-compiler'
import { CompiledSchemas } from './compiled-schemas.ts'

const buildCompiler = SerializerSelector()
const compiled = new CompiledSchemas<Serializer>()

/** Makes Fastify's serializer: its own one, for each schema once. */
export const buildSerializer: SerializerFactory = (sharedSchemas, options) => {
  const compile = buildCompiler(sharedSchemas, options)
  const context = JSON.stringify([sharedSchemas, options])
  return (route) => compiled.get(route.schema, context, () => compile(route))
}
