import { isObject, toPortableSchema, withOpenResponses, type Json, type JsonObject } from './openapi-portable.ts'
import { REQUIRED_HEADER } from './openapi-responses.ts'

/** What the settings in force say of the schemas that have these titles, such as the minimum length of a password. */
export type Refinements = Readonly<Record<string, JsonObject>>

const REFERENCE = '#/components/schemas/'
/** Marks a body that may be left out, until the document is finished. */
export const OPTIONAL_BODY = 'x-optional-body'

/**
 * Makes a component of every object and every enumeration that has a title, and refers to it: generated clients name their types after it.
 * Adds what a request looks like, and which header fields a response always has.
 *
 * @throws TypeError if two schemas of one title differ, or if no schema has the title of a refinement
 */
export function finishDocument (document: JsonObject, refinements: Refinements): JsonObject {
  return new DocumentFinisher(refinements).finish(document)
}

class DocumentFinisher {
  readonly #refinements: Refinements
  readonly #unusedRefinements: Set<string>
  /** Components by name. */
  readonly #schemas = new Map<string, JsonObject>()
  readonly #examples = new Map<string, JsonObject>()
  /** Names of components that clients send. */
  readonly #requested = new Set<string>()

  constructor (refinements: Refinements) {
    this.#refinements = refinements
    this.#unusedRefinements = new Set(Object.keys(refinements))
  }

  finish (document: JsonObject): JsonObject {
    const components = toObject(document.components)
    const shared = mapValues(components.schemas, (schema) => this.#lift(schema))
    const paths = mapValues(document.paths, (path) => mapValues(path, (operation) => this.#finishOperation(operation)))
    const unused = [...this.#unusedRefinements]
    if (unused.length > 0) throw new TypeError(`no schema has the title "${unused.join('", "')}"`)
    for (const [name, schema] of Object.entries(shared)) define(this.#schemas, name, toObject(schema))
    const schemas = withOpenResponses(toSorted(this.#schemas), this.#requested)
    return { ...document, paths, components: { ...components, schemas, examples: toSorted(this.#examples) } }
  }

  #finishOperation (value: Json): Json {
    const { [OPTIONAL_BODY]: isOptional, ...operation } = toObject(this.#lift(value))
    const { requestBody, responses, parameters } = operation
    if (Array.isArray(parameters)) operation.parameters = parameters.map((parameter) => this.#withExample(toObject(parameter)))
    if (requestBody !== undefined) operation.requestBody = this.#finishBody(toObject(requestBody), isOptional !== true)
    return { ...operation, responses: mapValues(responses, (response) => this.#finishResponse(toObject(response))) }
  }

  #finishBody (body: JsonObject, required: boolean): JsonObject {
    this.#collectRequested(body)
    return { ...body, required, content: mapValues(body.content, (media) => this.#withExample(toObject(media))) }
  }

  #collectRequested (value: Json): void {
    if (Array.isArray(value)) return value.forEach((item) => this.#collectRequested(item))
    if (!isObject(value)) return
    if (typeof value.$ref === 'string') this.#requested.add(value.$ref.slice(REFERENCE.length))
    Object.values(typeof value.$ref === 'string' ? this.#resolve(value) : value).forEach((member) => this.#collectRequested(member))
  }

  /** A tool that imports the document sends it. */
  #withExample (holder: JsonObject): JsonObject {
    const example = holder.example ?? this.#toExample(holder.schema)
    const { examples, ...schema } = toObject(holder.schema)
    return { ...holder, schema, ...(example !== undefined && { example }) }
  }

  #toExample (value: Json): Json {
    const schema = this.#resolve(toObject(value))
    if (Array.isArray(schema.examples)) return schema.examples[0]
    if (schema.properties === undefined) return schema.default
    const example: JsonObject = JSON.parse(JSON.stringify(mapValues(schema.properties, (property) => this.#toExample(property))))
    // A module may leave examples out; half of a body would be wrong.
    const isWhole = !Array.isArray(schema.required) || schema.required.every((name) => Object.hasOwn(example, String(name)))
    return isWhole ? example : undefined
  }

  #resolve (schema: JsonObject): JsonObject {
    return typeof schema.$ref === 'string' ? this.#schemas.get(schema.$ref.slice(REFERENCE.length)) ?? {} : schema
  }

  #finishResponse ({ headers, content, ...response }: JsonObject): JsonObject {
    return {
      ...response,
      headers: mapValues(headers, (header) => finishHeader(toObject(header))),
      ...(content !== undefined && { content: mapValues(content, (media) => this.#liftExamples(toObject(media))) })
    }
  }

  /** Named after its error code; a code has several examples where several errors share it. */
  #liftExamples ({ examples: own, ...media }: JsonObject): JsonObject {
    if (own === undefined) return media
    const references = Object.entries(toObject(own)).map(([key, example]) => {
      const name = this.#nameExample(key.slice(key.indexOf('_') + 1), toObject(example))
      return [name, { $ref: `#/components/examples/${name}` }]
    })
    return { ...media, examples: Object.fromEntries(references) }
  }

  #nameExample (code: string, example: JsonObject): string {
    for (let number = 1; ; number++) {
      const name = number === 1 ? code : `${code}_${number}`
      if (isSame(this.#examples.get(name) ?? example, example)) {
        this.#examples.set(name, example)
        return name
      }
    }
  }

  #lift (value: Json, key = ''): Json {
    if (Array.isArray(value)) return key === 'examples' ? value : value.map((item) => this.#lift(item))
    if (!isObject(value) || key === 'example' || key === 'examples') return value
    const lifted = mapValues(value, (member, name) => this.#lift(member, name))
    const { title, ...schema } = lifted
    // A property may have this name, too.
    if (typeof title !== 'string') return toPortableSchema(lifted)
    this.#unusedRefinements.delete(title)
    const refined = toPortableSchema({ ...schema, ...this.#refinements[title] })
    if (refined.type !== 'object' && refined.enum === undefined) return refined
    define(this.#schemas, title, refined)
    return { $ref: `${REFERENCE}${title}` }
  }
}

function finishHeader (header: JsonObject): JsonObject {
  const { [REQUIRED_HEADER]: required = false, ...schema } = toObject(header.schema)
  return { ...header, required, schema }
}

function define (components: Map<string, JsonObject>, name: string, component: JsonObject): void {
  const known = components.get(name) ?? component
  if (JSON.stringify(known, withoutNotes) !== JSON.stringify(component, withoutNotes)) {
    throw new TypeError(`two schemas have the title "${name}"`)
  }
  components.set(name, { ...known, ...component })
}

/** The schema of a parameter has given them to the parameter. */
function withoutNotes (key: string, value: Json): Json {
  const isNote = (key === 'description' && typeof value === 'string') || (key === 'examples' && Array.isArray(value))
  return isNote ? undefined : value
}

function isSame (a: JsonObject, b: JsonObject): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function toObject (value: Json): JsonObject {
  return isObject(value) ? value : {}
}

function mapValues (value: Json, convert: (value: Json, name: string) => Json): JsonObject {
  return Object.fromEntries(Object.entries(toObject(value)).map(([name, member]) => [name, convert(member, name)]))
}

function toSorted (components: Map<string, JsonObject>): JsonObject {
  return Object.fromEntries([...components].sort(([a], [b]) => a < b ? -1 : 1))
}
