// Instances of the service, and requests to them.
import { freePort } from '../scripts/free-port.js'
import { postJson, QUICK_SETTINGS, startService } from '../scripts/service-process.js'

/** @typedef {{ address: string, stop (): Promise<void> }} Instance */

/** Of every user of the trials. */
export const PASSWORD = 'correct horse battery staple'

/** One for all instances. */
const ISSUER = 'https://auth.example.com'

/**
 * @param {Record<string, string>} settings
 * @param {string} directory
 * @returns {Promise<Instance>}
 */
export async function startInstance (settings, directory) {
  const port = await freePort()
  const { stop } = await startService({ ...QUICK_SETTINGS, ISSUER, ...settings, PORT: String(port) }, directory)
  return { address: `http://127.0.0.1:${port}`, stop }
}

/**
 * @param {string} address
 * @param {string} email
 */
export async function logIn (address, email) {
  return postJson(`${address}/auth/login`, { email, password: PASSWORD })
}

/** @param {string} address */
export async function postLogin (address) {
  return post(`${address}/auth/login`, { email: 'root@example.com', password: PASSWORD })
}

/**
 * @param {string} url
 * @param {object} body
 */
export async function post (url, body) {
  return fetch(url, toRequest('POST', body))
}

/**
 * @param {string} method
 * @param {string} url
 * @param {object} body
 * @param {Record<string, string>} [headers]
 * @throws with the status, where it is none of success
 */
export async function send (method, url, body, headers) {
  const response = await fetch(url, toRequest(method, body, headers))
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
}

/**
 * @param {string} method
 * @param {object} body
 * @param {Record<string, string>} [headers]
 */
function toRequest (method, body, headers) {
  return { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}
