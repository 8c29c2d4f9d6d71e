import { type IncomingMessage, type IncomingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** Something that the issuer did not do as it should. Its message is a sentence for logs: it names addresses, never tokens. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError'
  /** What a Retry-After asked for, if one did. */
  readonly retryAfterSeconds: number | undefined

  constructor (sentence: string, { cause, retryAfterSeconds }: { cause?: unknown, retryAfterSeconds?: number | undefined } = {}) {
    super(sentence, { cause })
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export interface OpenOptions {
  headers: Readonly<Record<string, string>>
  /** Until the header of the answer is there; for `fetchJson` until all of it is. */
  timeoutMs: number
  /** Ends it at any time. */
  signal: AbortSignal
}

export interface JsonOptions extends OpenOptions {
  maxBytes: number
}

export interface JsonResponse {
  headers: IncomingHttpHeaders
  /** Undefined for a 304, which only a conditional request gets. */
  body: unknown
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?=;|\s|$)/i

/**
 * Asks, and returns when the header of the answer is there. Redirects are not followed (node:http knows none), and nothing but a
 * 200, or a 304 if it was asked for, is an answer. Not fetch(): its sockets cannot be unref'd, so a stream would keep a process alive.
 *
 * @throws IssuerError
 */
export function openResponse (url: string, { headers, timeoutMs, signal }: OpenOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? requestHttps : requestHttp
    // A connection of its own: none that has been idle and may be dead.
    const asked = request(url, { agent: false, signal, headers: { ...headers, 'accept-encoding': 'identity' } })
    const deadline = setTimeout(() => asked.destroy(new IssuerError(`${url} did not answer within ${timeoutMs} ms`)), timeoutMs)
    asked.on('close', () => clearTimeout(deadline))
    asked.on('error', (error) => reject(toIssuerError(error, url)))
    asked.on('response', (answer) => {
      clearTimeout(deadline)
      const refusal = refusalOf(answer, url, 'if-none-match' in headers)
      if (refusal === undefined) return resolve(answer)
      answer.destroy()
      reject(refusal)
    })
    asked.end()
  })
}

/**
 * Reads a JSON document of bounded size in bounded time.
 *
 * @throws IssuerError for anything else
 */
export async function fetchJson (url: string, { maxBytes, ...options }: JsonOptions): Promise<JsonResponse> {
  const deadline = performance.now() + options.timeoutMs
  const answer = await openResponse(url, options)
  const late = setTimeout(() => answer.destroy(new IssuerError(`${url} did not answer within ${options.timeoutMs} ms`)), deadline - performance.now())
  try {
    if (answer.statusCode === 304) {
      answer.resume()
      return { headers: answer.headers, body: undefined }
    }
    if (!JSON_TYPE.test(answer.headers['content-type'] ?? '')) throw new IssuerError(`${url} answered with something that is not JSON`)
    return { headers: answer.headers, body: parseJson(await readAll(answer, maxBytes, url), url) }
  } catch (error) {
    answer.destroy()
    throw toIssuerError(error, url)
  } finally {
    clearTimeout(late)
  }
}

/** Any error in the words of an IssuerError. */
export function toIssuerError (error: unknown, url: string): IssuerError {
  if (error instanceof IssuerError) return error
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return new IssuerError(`${url} cannot be reached: ${typeof code === 'string' && code !== '' ? code : String(error)}`, { cause: error })
}

function refusalOf ({ statusCode = 0, headers }: IncomingMessage, url: string, conditional: boolean): IssuerError | undefined {
  if (statusCode === 304 && conditional) return undefined
  if (statusCode >= 300 && statusCode < 400) return new IssuerError(`${url} answered with a redirect, which is not followed`)
  if (statusCode !== 200) return new IssuerError(`${url} answered ${statusCode}`, { retryAfterSeconds: parseSeconds(headers['retry-after']) })
  const encoding = headers['content-encoding'] ?? 'identity'
  return encoding === 'identity' ? undefined : new IssuerError(`${url} answered in an encoding that was not asked for`)
}

function parseSeconds (text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined
}

async function readAll (answer: IncomingMessage, maxBytes: number, url: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
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
