// One request on a connection of its own: none fails because a server has just closed one that was idle.
import { request } from 'node:http'

/**
 * @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Record<string, unknown>, tookMs: number }} Answer
 * @typedef {{ method?: string, token?: string, body?: object, signal?: AbortSignal | undefined }} Question
 */

/**
 * @param {string} url
 * @param {Question} [question]
 * @returns {Promise<Answer>} rejected when there is no whole answer
 */
export function ask (url, { method = 'GET', token, body, signal } = {}) {
  const askedAt = performance.now()
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' })
  }
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false, ...(signal && { signal }) }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (part) => { text += part })
      reply.once('error', reject)
      reply.once('end', () => {
        try {
          resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: text === '' ? {} : JSON.parse(text), tookMs: performance.now() - askedAt })
        } catch (error) {
          reject(error)
        }
      })
    })
    asked.once('error', reject)
    asked.end(body && JSON.stringify(body))
  })
}
