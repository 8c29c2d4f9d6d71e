// Good and bad tokens. Each bad one differs from a good one in one respect.
import { createHmac, createPublicKey, randomUUID, sign } from 'node:crypto'
import { generateKeysFor } from '../../scripts/generate-keys.js'
import { AUDIENCE } from './issuer.js'

/** @typedef {import('./issuer.js').Key} Key */
/**
 * @typedef {object} Subject what bad tokens are made for
 * @property {string} issuer
 * @property {Key} key that signs at the service: a thief of it could make these tokens
 * @property {Key} attacker a key that the service does not have
 * @property {string} attackerKeySet the address where the attacker's key is published
 */

const MINUTE = 60
const HOUR = 3600

/** A token that is issued right after the not-before of everybody was moved has an `iat` that is three seconds ahead. */
const AHEAD_SECONDS = 3

/** @type {Record<string, (subject: Subject) => string>} */
export const GOOD_TOKENS = {
  'a minute old': ({ issuer, key }) => mint(key, goodClaims(issuer, now() - MINUTE)),
  'issued three seconds ahead': ({ issuer, key }) => mint(key, goodClaims(issuer, now() + AHEAD_SECONDS))
}

/** @type {Record<string, (subject: Subject) => string>} */
export const BAD_TOKENS = {
  expired: ({ issuer, key }) => mint(key, goodClaims(issuer, now() - HOUR)),
  'not yet valid': ({ issuer, key }) => mint(key, { ...goodClaims(issuer), nbf: now() + HOUR }),
  'another audience': ({ issuer, key }) => mint(key, { ...goodClaims(issuer), aud: 'other' }),
  'another issuer': ({ issuer, key }) => mint(key, { ...goodClaims(issuer), iss: 'https://auth.example.org' }),
  'another type': ({ issuer, key }) => mint(key, goodClaims(issuer), { typ: 'JWT' }),
  'changed payload': ({ issuer, key }) => {
    const [header = '', , signature = ''] = mint(key, goodClaims(issuer)).split('.')
    return `${header}.${encode({ ...goodClaims(issuer), role: 'owner' })}.${signature}`
  },
  'signed by another key': ({ issuer, key, attacker }) => mint(attacker, goodClaims(issuer), { kid: key.kid }),
  'unknown kid': ({ issuer, attacker }) => mint(attacker, goodClaims(issuer)),
  'alg none': ({ issuer, key }) => `${encode({ ...goodHeader(key), alg: 'none' })}.${encode(goodClaims(issuer))}.`,
  'HS256 with the public key': ({ issuer, key }) => {
    const input = `${encode({ ...goodHeader(key), alg: 'HS256' })}.${encode(goodClaims(issuer))}`
    const secret = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' })
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  },
  'key in its header': ({ issuer, attacker }) => mint(attacker, goodClaims(issuer), { jwk: toPublicJwk(attacker) }),
  'address of a key in its header': ({ issuer, attacker, attackerKeySet }) => {
    return mint(attacker, goodClaims(issuer), { jku: attackerKeySet })
  }
}

/**
 * @param {import('../../src/contract/index.ts').Algorithm} alg
 * @returns {Key}
 */
export function createAttacker (alg) {
  return { kid: randomUUID(), alg, privateKey: generateKeysFor(alg).privateKey }
}

/** @param {Key} key */
export function toPublicJwk ({ kid, alg, privateKey }) {
  return { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg, use: 'sig' }
}

/**
 * @param {Key} key
 * @param {object} claims
 * @param {object} [header] what differs from that of a good token
 */
export function mint (key, claims, header = {}) {
  const input = `${encode({ ...goodHeader(key), ...header })}.${encode(claims)}`
  const digest = key.alg === 'EdDSA' ? undefined : 'sha256'
  return `${input}.${sign(digest, Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** @param {string} issuer */
export function goodClaims (issuer, iat = now()) {
  return {
    iss: issuer,
    aud: AUDIENCE,
    sub: randomUUID(),
    role: 'user',
    sid: randomUUID(),
    jti: randomUUID(),
    iat,
    exp: iat + 300,
    client_id: 'gatepass',
    auth_time: iat,
    acr: 'aal1'
  }
}

/** @param {Key} key */
function goodHeader ({ alg, kid }) {
  return { alg, kid, typ: 'at+jwt' }
}

/** @param {unknown} value */
function encode (value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function now () {
  return Math.floor(Date.now() / 1000)
}
