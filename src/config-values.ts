// Settings whose form says more than their type: each is read here, or refused with a sentence that names it.

/** A setting that cannot be used; the message is one sentence that names it. */
export class ConfigError extends Error {}

/** What is between commas, without white space around it. */
export function listOf (value: string): string[] {
  return value.split(',').map((item) => item.trim()).filter((item) => item !== '')
}

export function parseDatabaseUrl (name: string, value: string): string {
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value.replace(/^(postgres(?:ql)?:\/\/[^/@]*@)(?=\/)/, '$1localhost'))) {
    throw new ConfigError(`${name} must be a URL such as postgres://user@host/database.`)
  }
  return value
}

export function parseOrigin (name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.origin !== value) {
    throw new ConfigError(`${name} must be an origin such as https://auth.example.com, in lower case, with no path and no trailing slash.`)
  }
  return value
}

/** 64 hex digits, or base64 or base64url of at least 32 bytes: what "openssl rand" prints either way. */
export function parseSecretKey (value: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : Buffer.from(value, 'base64')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(value) || key.length < 32) {
    throw new ConfigError('SECRET_KEYS must hold 32 random bytes or more each, in base64 or hex, for example from "openssl rand -base64 32".')
  }
  return key
}

export function parseFeedToken (value: string): string {
  if (!/^[A-Za-z0-9+/_.~-]+=*$/.test(value) || value.length < 43) {
    throw new ConfigError('FEED_TOKEN must hold 32 random bytes or more each, for example from "openssl rand -base64 32".')
  }
  return value
}

/** Fastify takes addresses; a number of hops would believe whoever connects directly. */
export function parseTrustProxy (value: string): readonly string[] | false {
  const blocks = listOf(value)
  for (const block of blocks) {
    if (!/^[0-9a-fA-F.:]+(\/\d{1,3})?$/.test(block) || !/[.:]/.test(block)) {
      throw new ConfigError('TRUST_PROXY must list addresses or CIDR blocks, such as 10.0.0.0/8.')
    }
  }
  return blocks.length > 0 && blocks
}

export function parseCookieDomain (value: string): string {
  if (!/^([a-z0-9-]+\.)+[a-z0-9-]+$/.test(value)) throw new ConfigError('COOKIE_DOMAIN must be a domain such as example.com.')
  return value
}

export function parsePort (name: string, value: string): number {
  const port = Number(value)
  if (port > 65_535) throw new ConfigError(`${name} must be <= 65535.`)
  return port
}
