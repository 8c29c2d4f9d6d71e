// What can be said of the settings alone.
import { toSite, type Inspection } from '../../config/index.ts'
import { isLoopback } from '../../contract/index.ts'
import { createSessionCookie } from '../../sessions/index.ts'
import { firstOf, type Finding, type CheckContext } from './finding.ts'

/** Every setting that is faulty, or probably a mistake. */
export function checkSettings ({ faults, warnings }: Inspection): Finding[] {
  const check = 'settings'
  if (faults.length + warnings.length === 0) return [{ check, level: 'ok', message: 'Every setting can be used.' }]
  return [
    ...faults.map((message) => ({ check, level: 'fault', message }) as const),
    ...warnings.map((message) => ({ check, level: 'warning', message }) as const)
  ]
}

/** Who reaches the service, and under which origin. */
export function checkIssuer ({ config, isProduction }: CheckContext): Finding {
  const { issuer, host, audiences, database: { url } } = config
  const isPublic = isElsewhere(issuer)
  const advice = 'set ISSUER to the origin that browsers and services use, such as https://auth.example.com.'
  return firstOf('issuer', [
    [isProduction && !isPublic, 'fault', `NODE_ENV is production, but ISSUER is ${issuer}, which only this machine reaches: ${advice}`],
    [!isPublic && !isLoopbackAddress(host), 'warning', `HOST is ${host}, for other machines, but ISSUER is ${issuer}: ${advice}`],
    [isPublic && url === undefined, 'warning', 'ISSUER is public, but a power cut can damage the embedded database: set DATABASE_URL.']
  ], `Tokens are issued by ${issuer}, for ${audiences.join(', ')}.`)
}

/** X-Forwarded-For. */
export function checkProxy ({ config: { issuer, trustProxy } }: CheckContext): Finding {
  const isBehindProxy = issuer.startsWith('https:')
  const advice = 'set it to the address or the block of the proxy.'
  return firstOf('proxy', [
    [
      isBehindProxy && trustProxy === false, 'fault',
      'TRUST_PROXY is empty, but ISSUER is https, which a proxy in front has to end: all clients would share the limits of its address, ' +
      `so ${advice}`
    ]
  ], `X-Forwarded-For is trusted from ${trustProxy === false ? 'nobody: there is no proxy in front' : trustProxy.join(', ')}.`)
}

/** Pages of other origins. */
export function checkCors ({ config: { issuer, corsOrigins } }: CheckContext): Finding {
  const isPublic = isElsewhere(issuer)
  const local = corsOrigins.find((origin) => !isElsewhere(origin))
  return firstOf('cors', [
    [
      isPublic && corsOrigins.length === 0, 'warning',
      'CORS_ORIGINS is empty, so browsers let no page of another origin call the service: list the origins of your pages, if there are ' +
      'any, such as https://app.example.com.'
    ],
    [
      isPublic && local !== undefined, 'warning',
      `CORS_ORIGINS has ${local}, so a page from any program on a user's machine that listens there acts as that user: take it out where ` +
      'users are.'
    ]
  ], `Pages of ${corsOrigins.length === 0 ? 'ISSUER itself' : corsOrigins.join(', ')} can call the service.`)
}

/** The session cookie. */
export function checkCookie ({ config: { issuer, corsOrigins, cookieDomain } }: CheckContext): Finding {
  const foreign = corsOrigins.find((origin) => toSite(origin) !== toSite(issuer))
  const { name } = createSessionCookie({ issuer, corsOrigins, cookieDomain })
  const isRefused = issuer.startsWith('http:') && isElsewhere(issuer)
  return firstOf('cookie', [
    [isRefused, 'warning', 'ISSUER is http on another machine, so logins with "delivery": "cookie" are refused: use https.'],
    [
      foreign !== undefined && isElsewhere(issuer), 'warning',
      `CORS_ORIGINS has ${foreign}, and ISSUER is of another site, so browsers keep the session cookie from its pages: serve them below ` +
      `${toSite(issuer)}, or let them log in with "delivery": "body".`
    ],
    [cookieDomain !== undefined, 'ok', `The session cookie is ${name}, and every host below ${cookieDomain} receives it.`]
  ], `The session cookie is ${name}, for the host of ISSUER alone.`)
}

/** The revocation feed. */
export function checkFeed ({ config: { feedTokens, audiences } }: CheckContext): Finding {
  const effect = 'services elsewhere accept the token of an ended session until it expires'
  return firstOf('feed', [
    [
      feedTokens.length === 0 && audiences.length > 1, 'warning',
      `FEED_TOKEN is empty, but there are several AUDIENCES: ${effect}. Set it to 32 random bytes, for example from "openssl rand ` +
      '-base64 32", and give it to them.'
    ],
    [feedTokens.length === 0, 'ok', `FEED_TOKEN is empty, so there is no feed, and ${effect}.`]
  ], `The revocation feed is open to ${feedTokens.length === 1 ? 'one token' : `${feedTokens.length} tokens`}.`)
}

/** Whether an origin is on another machine, or may be. */
function isElsewhere (origin: string): boolean {
  const { hostname } = new URL(origin)
  return !isLoopback(hostname) && !hostname.endsWith('.localhost')
}

/** HOST is no part of a URL: an IPv6 address has no brackets. */
function isLoopbackAddress (host: string): boolean {
  return isLoopback(host) || host === '::1'
}
