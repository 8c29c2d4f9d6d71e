import { IssuerError, toIssuerError } from '../remote/issuer-error.ts'

interface FetchOptions {
  headers?: Readonly<Record<string, string>>
  maxBytes: number
  /** Ends it. */
  signal: AbortSignal
}

interface FetchedDocument {
  headers: Headers
  /** Undefined for a 304, which only a conditional request gets. */
  body: unknown
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?=;|\s|$)/i

/**
 * Reads a JSON document of bounded size.
 *
 * @throws IssuerError for any other response; redirects are not followed
 */
export async function fetchDocument (url: string, { headers = {}, maxBytes, signal }: FetchOptions): Promise<FetchedDocument> {
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal, ...NO_STORE })
    if (response.status === 304 && 'if-none-match' in headers) return { headers: response.headers, body: undefined }
    if (response.status !== 200) throw toStatusError(response, url)
    const type = response.headers.get('content-type') ?? ''
    if (!JSON_TYPE.test(type)) throw new IssuerError(`${url} answered with something that is not JSON`)
    return { headers: response.headers, body: parseJson(await readText(response, maxBytes, url), url) }
  } catch (error) {
    // What `fetch` throws says nothing; its cause may.
    throw toIssuerError(error instanceof TypeError && error.cause !== undefined ? error.cause : error, url)
  }
}

/** Next.js keeps responses where it is not told otherwise; older Workers refuse the option, and the types of Node lack it. */
const NO_STORE: object = 'cache' in Request.prototype ? { cache: 'no-store' } : {}

function toStatusError ({ status, headers }: Response, url: string): IssuerError {
  // Some runtimes hide what a redirect says, and its status.
  if (status === 0 || (status >= 300 && status < 400)) return new IssuerError(`${url} answered with a redirect, which is not followed`)
  const retryAfter = headers.get('retry-after') ?? ''
  return new IssuerError(`${url} answered ${status}`, { retryAfterSeconds: /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined })
}

async function readText (response: Response, maxBytes: number, url: string): Promise<string> {
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  let text = ''
  let size = 0
  for (let chunk = await reader?.read(); chunk !== undefined && !chunk.done; chunk = await reader?.read()) {
    size += chunk.value.length
    if (size > maxBytes) {
      await reader?.cancel()
      throw new IssuerError(`${url} answered with more than ${maxBytes} bytes`)
    }
    text += decoder.decode(chunk.value, { stream: true })
  }
  return text + decoder.decode()
}

function parseJson (text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new IssuerError(`${url} answered with something that is not JSON`, { cause: error })
  }
}
