// One HTTP request on a connection of its own, so that none fails because a server has just closed an idle connection.
import { request } from 'node:http'

/**
 * @typedef {import('node:http').IncomingHttpHeaders} Headers
 * @typedef {{ status: number, headers: Headers, body: Record<string, unknown>, tookMs: number }} HttpResponse
 * @typedef {{ method?: string, token?: string, body?: object, signal?: AbortSignal | undefined }} RequestOptions
 */

/**
 * @param {string} url
 * @param {RequestOptions} [options]
 * @returns {Promise<HttpResponse>} rejected when there is no complete response
 */
export function sendRequest (url, { method = 'GET', token, body, signal } = {}) {
  const sentAt = performance.now()
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' })
  }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, ...(signal && { signal }) }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => { text += part })
      response.once('error', reject)
      response.once('end', () => {
        try {
          const parsed = text === '' ? {} : JSON.parse(text)
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed, tookMs: performance.now() - sentAt })
        } catch (error) {
          reject(error)
        }
      })
    })
    sent.once('error', reject)
    sent.end(body && JSON.stringify(body))
  })
}
