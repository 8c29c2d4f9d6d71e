// The document as Postman imports it, run with the token of an admin.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromNpm } from './packages.js'
import { runTool } from './run-tool.js'

/**
 * @typedef {object} Item of a collection: a folder or a request
 * @property {Item[]} [item]
 * @property {{ method: string, url: { path: string[] }, auth?: { bearer?: { value: string }[] } | null }} request
 * @property {object[]} [event]
 */
/** @typedef {{ item: Item, response?: { code: number, stream: { data: number[] } }, requestError?: Error }} Execution of newman's report */

const LOGIN = 'POST /auth/login'

/** Requests that end the session of the token: each is followed by a login. */
const ENDS = ['DELETE /account/sessions', 'DELETE /admin/sessions']

/** After these, the login of the example is refused, or its session is over. */
const LAST = ['PUT /account/password', 'POST /auth/logout']

/**
 * An example cannot hold a refresh token, the link or the code of a mail, a code of an app, or a passkey, of one's own; so the admin has no
 * second factor. And the only admin cannot be deleted.
 */
const LEFT_OUT = [
  'POST /auth/refresh', 'POST /auth/register/complete', 'POST /auth/password-reset/complete', 'POST /account/email/confirm',
  'POST /account/email/verification/confirm', 'DELETE /account', 'POST /auth/login/second-factor', 'POST /auth/passkeys/login',
  'POST /auth/step-up/options', 'POST /account/totp/confirm', 'DELETE /account/totp', 'POST /account/recovery-codes',
  'PUT /account/second-factor', 'POST /account/passkeys'
]

const STORE_TOKEN = "pm.environment.set('bearerToken', pm.response.json().access_token)"

/**
 * @param {{ document: string, directory: string, feedToken: string }} options `directory` is for files in between
 * @returns {Promise<string[]>} the requests that were refused, with what they got
 */
export async function runPostmanImport ({ document, directory, feedToken }) {
  const [imported, arranged, report] = [join(directory, 'imported.json'), join(directory, 'arranged.json'), join(directory, 'report.json')]
  await runTool(fromNpm('openapi2postmanv2'), ['--spec', document, '--output', imported, '--options', 'parametersResolution=Example'])
  const collection = JSON.parse(await readFile(imported, 'utf8'))
  const requests = arrange(listRequests(collection.item))
  await writeFile(arranged, JSON.stringify({ ...collection, item: requests }))
  await runTool(fromNpm('newman'), [
    'run', arranged, '--env-var', `feedToken=${feedToken}`, '--timeout-request', '10000',
    '--reporters', 'json', '--reporter-json-export', report, '--suppress-exit-code'
  ])
  /** @type {{ run: { executions: Execution[] } }} */
  const { run: { executions } } = JSON.parse(await readFile(report, 'utf8'))
  if (executions.length !== requests.length) return [`${executions.length} of ${requests.length} requests were sent`]
  return executions.flatMap(({ item, response, requestError }) => {
    if (response === undefined) return [`${toName(item)}: ${requestError?.message}`]
    if (response.code >= 200 && response.code < 300) return []
    return [`${toName(item)}: ${response.code} ${Buffer.from(response.stream.data)}`]
  })
}

/**
 * @param {Item[]} items
 * @returns {Item[]} the requests in all folders
 */
function listRequests (items) {
  return items.flatMap((item) => item.item === undefined ? [item] : listRequests(item.item))
}

/**
 * @param {Item[]} requests
 * @returns {Item[]} those that need no id of one's own, in an order in which each can be accepted
 */
function arrange (requests) {
  const byName = new Map(requests.map((item) => [toName(item), item]))
  const find = (/** @type {string} */ name) => {
    const item = byName.get(name)
    if (item === undefined) throw new Error(`the document has no ${name}`)
    return item
  }
  const login = { ...find(LOGIN), event: [{ listen: 'test', script: { type: 'text/javascript', exec: [STORE_TOKEN] } }] }
  const feed = find('GET /revocations')
  for (const parameter of feed.request.auth?.bearer ?? []) parameter.value = '{{feedToken}}'
  const special = [LOGIN, ...ENDS, ...LAST, ...LEFT_OUT]
  const others = requests.filter((item) => !toName(item).includes(':') && !special.includes(toName(item)))
  return [login, ...others, ...ENDS.flatMap((name) => [find(name), login]), ...LAST.map(find)]
}

/** @param {Item} item */
function toName ({ request: { method, url: { path } } }) {
  return `${method} /${path.join('/')}`
}
