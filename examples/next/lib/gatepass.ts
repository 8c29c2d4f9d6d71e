import { createVerifier, defineRoles } from 'gatepass-verify/web'

export const ISSUER = process.env.ISSUER ?? 'http://localhost:3000'
const { FEED_TOKEN } = process.env

const roles = defineRoles({ admin: ['app:use', 'reports:read'], advertiser: ['app:use'], user: ['app:use'] })

/** It asks the issuer when a request needs it, and does nothing before: a build needs no issuer. */
const verifier = createVerifier({
  issuer: ISSUER, audience: 'api', roles, revocations: FEED_TOKEN === undefined ? false : { token: FEED_TOKEN }
})

/** For everybody who is logged in. */
export const guardApp = verifier.guard({ allow: 'app:use' })
export const guardReports = verifier.guard({ allow: 'reports:read' })

export type Guard = typeof guardApp
export type User = Awaited<ReturnType<Guard>>

/** What a guard reads: a request with this token. */
export function withToken (accessToken: string | undefined): Request {
  return new Request(ISSUER, accessToken === undefined ? {} : { headers: { authorization: `Bearer ${accessToken}` } })
}
