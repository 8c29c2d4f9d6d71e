export interface RevocationOptions {
  /** One of the issuer's feed tokens. */
  token: string
  /** How many seconds the known revocations may be behind; 60 by default. */
  maxStaleness?: number
  /** How valid tokens are answered while the feed is staler than that: `accept` (the default), or `reject`, with 503. */
  onStale?: 'accept' | 'reject'
}

/** How a verifier reads the feed. */
export interface FeedSettings {
  token: string
  maxStalenessMs: number
  rejectsStale: boolean
}

const MAX_STALENESS_SECONDS = 60

/**
 * @param options of a verifier; a JavaScript caller may have given anything
 * @throws TypeError
 */
export function parseRevocationOptions (options: RevocationOptions): FeedSettings {
  const { token, maxStaleness = MAX_STALENESS_SECONDS, onStale = 'accept' } = options
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError('revocations need a token of the feed: one of the FEED_TOKEN of the issuer')
  }
  if (typeof maxStaleness !== 'number' || !(maxStaleness > 0)) throw new TypeError('maxStaleness must be a number of seconds')
  if (onStale !== 'accept' && onStale !== 'reject') throw new TypeError('onStale must be "accept" or "reject"')
  return { token, maxStalenessMs: maxStaleness * 1000, rejectsStale: onStale === 'reject' }
}
