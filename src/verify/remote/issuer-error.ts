/** A request to the issuer failed, or its response is invalid. The message is a sentence for logs: it has addresses, never tokens. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError'
  /** The value of a Retry-After header, if there was one. */
  readonly retryAfterSeconds: number | undefined

  constructor (sentence: string, { cause, retryAfterSeconds }: { cause?: unknown, retryAfterSeconds?: number | undefined } = {}) {
    super(sentence, { cause })
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Wraps any other error. */
export function toIssuerError (error: unknown, url: string): IssuerError {
  if (error instanceof IssuerError) return error
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return new IssuerError(`${url} cannot be reached: ${typeof code === 'string' && code !== '' ? code : String(error)}`, { cause: error })
}
