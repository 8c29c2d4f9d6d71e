// The reference of the HTTP API: pages made from openapi.yaml, one for each tag and one of all schemas.
import { describeSchema, toFields, toTypeName } from './schemas.js'
import { toCode, toRow, toText } from './markdown.js'
import { toProblemPage } from './problems.js'
import { toRelative } from './documents.js'

/** @typedef {any} OpenApi the parsed document, which tests of its own keep valid */

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head']

const SCHEMES = new Map([
  ['bearer', 'an access token: `Authorization: Bearer …`'],
  ['feed', 'one of `FEED_TOKEN`: `Authorization: Bearer …`'],
  ['session', 'the session cookie']
])

/**
 * @param {OpenApi} openapi
 * @returns {[title: string, page: string][]}
 */
export function listReferencePages (openapi) {
  const names = openapi.tags.map((/** @type {{ name: string }} */ { name }) => name)
  return [...names, 'schemas'].map((name) => [name, `reference/${name}`])
}

/**
 * @typedef {object} Operation
 * @property {string} method in capital letters
 * @property {string} path
 * @property {string} page
 * @property {any} details
 */

/**
 * @param {OpenApi} openapi
 * @returns {Operation[]}
 */
export function listOperations (openapi) {
  return Object.entries(openapi.paths).flatMap(([path, item]) => METHODS.filter((method) => method in item).map((method) => ({
    method: method.toUpperCase(), path, page: `reference/${item[method].tags[0]}`, details: item[method]
  })))
}

/**
 * @param {OpenApi} openapi
 * @param {import('./pages.js').Write} write
 */
export function writeReferencePages (openapi, write) {
  const operations = listOperations(openapi)
  write('reference/index', describeApi(openapi, operations))
  for (const { name, description } of openapi.tags) {
    const page = `reference/${name}`
    const sections = operations.filter((operation) => operation.page === page).map((operation) => describeOperation(operation, openapi))
    write(page, [`# ${name[0].toUpperCase()}${name.slice(1)}`, description, ...sections].join('\n\n'))
  }
  const schemas = Object.keys(openapi.components.schemas).sort().map((name) => describeSchema(name, openapi.components.schemas[name]))
  write('reference/schemas', ['# Schemas', 'The named objects of requests and responses.', ...schemas].join('\n\n'))
}

/**
 * @param {OpenApi} openapi
 * @param {Operation[]} operations
 */
function describeApi (openapi, operations) {
  const rows = operations.map(({ method, path, page, details }) => {
    return toRow(`[${toCode(`${method} ${path}`)}](${toRelative('reference/index', `${page}.md`)}#${details.operationId})`, details.summary)
  })
  return [
    '# The HTTP API',
    openapi.info.description,
    'This page is made from the [OpenAPI document](../openapi.yaml), which a running service has at `/openapi.yaml` and ' +
      '`/openapi.json`, and as Swagger UI at `/docs`. All error codes: [problems](../problems/index.md).',
    '## Operations',
    [toRow('operation', 'what it does'), toRow('---', '---'), ...rows].join('\n')
  ].join('\n\n')
}

/**
 * @param {Operation} operation
 * @param {OpenApi} openapi
 */
function describeOperation ({ method, path, page, details }, openapi) {
  const body = details.requestBody?.content['application/json']
  const parameters = details.parameters ?? []
  return [
    `## ${toCode(`${method} ${path}`)} {#${details.operationId}}`,
    `**${toText(details.summary)}**`,
    details.description,
    `Needs ${toCredential(details.security)}.`,
    parameters.length > 0 && [
      toRow('parameter', 'in', 'type', 'meaning'), toRow('---', '---', '---', '---'),
      ...parameters.map((/** @type {any} */ { name, in: place, schema, required, description }) => {
        return toRow(toCode(name), place, `${toTypeName(schema, page)}${required ? ', required' : ''}`, description)
      })
    ].join('\n'),
    body !== undefined && `Body, ${toTypeName(body.schema, page)}:`,
    body !== undefined && toFields(resolve(body.schema, openapi), page),
    toCurl(method, path, details, body),
    toResponses(details.responses, page)
  ].filter((part) => typeof part === 'string' && part !== '').join('\n\n')
}

/** @param {Record<string, unknown>[] | undefined} security */
function toCredential (security) {
  const schemes = (security ?? [{ bearer: [] }]).flatMap((scheme) => Object.keys(scheme))
  const known = schemes.map((name) => SCHEMES.get(name) ?? name).join(' or ')
  return known === '' ? 'no credential' : known
}

/**
 * @param {string} method
 * @param {string} path
 * @param {any} details
 * @param {any} body
 */
function toCurl (method, path, details, body) {
  const lines = [`curl -s${method === 'GET' ? '' : ` -X ${method}`} "$ISSUER${path.replace(/\{(\w+)\}/g, '$$$1')}"`]
  const schemes = Object.keys(details.security?.[0] ?? (details.security === undefined ? { bearer: [] } : {}))
  if (schemes.includes('bearer')) lines.push('-H "authorization: Bearer $ACCESS_TOKEN"')
  if (schemes.includes('feed')) lines.push('-H "authorization: Bearer $FEED_TOKEN"')
  if (body?.example !== undefined) {
    lines.push("-H 'content-type: application/json'", `-d '${JSON.stringify(body.example).replaceAll("'", "'\\''")}'`)
  }
  return `\`\`\`sh\n${lines.join(' \\\n  ')}\n\`\`\``
}

/**
 * @param {Record<string, any>} responses
 * @param {string} page
 */
function toResponses (responses, page) {
  const rows = Object.entries(responses).map(([status, { description, content }]) => {
    const schema = Object.values(content ?? {})[0]?.schema
    const isProblem = content?.['application/problem+json'] !== undefined
    const meaning = isProblem ? toProblems(description, page) : toText(description)
    return toRow(status, schema === undefined || isProblem ? '' : toTypeName(schema, page), meaning)
  })
  return [toRow('status', 'body', 'meaning'), toRow('---', '---', '---'), ...rows].join('\n')
}

/**
 * @param {string} description a line for each code: `not_found`: There is nothing here.
 * @param {string} page
 */
function toProblems (description, page) {
  return toText(description.replace(/^`([a-z_]+)`:/gm, (_line, code) => `[${code}](${toRelative(page, `${toProblemPage(code)}.md`)}):`))
}

/**
 * @param {any} schema
 * @param {OpenApi} openapi
 */
function resolve (schema, openapi) {
  return schema.$ref === undefined ? schema : openapi.components.schemas[schema.$ref.split('/').at(-1)]
}
