import { type IncomingMessage, type IncomingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { IssuerError, toIssuerError } from './issuer-error.ts'

interface RequestOptions {
  headers: Readonly<Record<string, string>>
  /** Until the response header has arrived; for `fetchJson`, until the whole response has. */
  timeoutMs: number
  /** Aborts the request, and the response too. */
  signal: AbortSignal
}

interface JsonRequestOptions extends RequestOptions {
  maxBytes: number
}

export interface JsonResponse {
  headers: IncomingHttpHeaders
  /** Undefined for a 304, which only a conditional request gets. */
  body: unknown
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?=;|\s|$)/i

/**
 * Sends a GET request and returns when the response header has arrived. Redirects are not followed (node:http does not). The only
 * accepted status is 200, or 304 after a conditional request. Not fetch(): its sockets cannot be unref'd, so a stream would keep a
 * process alive.
 *
 * @throws IssuerError
 */
export function openResponse (url: string, { headers, timeoutMs, signal }: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp
    // A new connection: a pooled one may have died while it was idle.
    const request = send(url, { agent: false, signal, headers: { ...headers, 'accept-encoding': 'identity' } })
    const deadline = setTimeout(() => request.destroy(new IssuerError(`${url} did not answer within ${timeoutMs} ms`)), timeoutMs)
    request.on('close', () => clearTimeout(deadline))
    request.on('error', (error) => reject(toIssuerError(error, url)))
    request.on('response', (response) => {
      clearTimeout(deadline)
      const error = findResponseError(response, url, 'if-none-match' in headers)
      if (error === undefined) return resolve(response)
      response.destroy()
      reject(error)
    })
    request.end()
  })
}

/**
 * Reads a JSON document of bounded size in bounded time.
 *
 * @throws IssuerError for any other response
 */
export async function fetchJson (url: string, { maxBytes, ...options }: JsonRequestOptions): Promise<JsonResponse> {
  const deadline = performance.now() + options.timeoutMs
  const response = await openResponse(url, options)
  const { headers } = response
  const onDeadline = () => response.destroy(new IssuerError(`${url} did not answer within ${options.timeoutMs} ms`))
  const timer = setTimeout(onDeadline, deadline - performance.now())
  try {
    if (response.statusCode === 304) {
      response.resume()
      return { headers, body: undefined }
    }
    if (!JSON_TYPE.test(headers['content-type'] ?? '')) throw new IssuerError(`${url} answered with something that is not JSON`)
    return { headers, body: parseJson(await readAll(response, maxBytes, url), url) }
  } catch (error) {
    response.destroy()
    throw toIssuerError(error, url)
  } finally {
    clearTimeout(timer)
  }
}

function findResponseError ({ statusCode = 0, headers }: IncomingMessage, url: string, isConditional: boolean): IssuerError | undefined {
  if (statusCode === 304 && isConditional) return undefined
  if (statusCode >= 300 && statusCode < 400) return new IssuerError(`${url} answered with a redirect, which is not followed`)
  if (statusCode !== 200) {
    return new IssuerError(`${url} answered ${statusCode}`, { retryAfterSeconds: parseSeconds(headers['retry-after']) })
  }
  const encoding = headers['content-encoding'] ?? 'identity'
  return encoding === 'identity' ? undefined : new IssuerError(`${url} answered in an encoding that was not asked for`)
}

function parseSeconds (text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined
}

async function readAll (response: IncomingMessage, maxBytes: number, url: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBytes) throw new IssuerError(`${url} answered with more than ${maxBytes} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}

function parseJson (text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new IssuerError(`${url} answered with something that is not JSON`, { cause: error })
  }
}
