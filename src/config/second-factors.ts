// The settings of second factors and passkeys.
import { isIP } from 'node:net'
import type { Settings } from './schema.ts'
import { ConfigError, parseList, parseOrigin } from './values.ts'

export interface PasskeyConfig {
  /** The domain that passkeys are made for (WebAuthn 4); changing it makes all of them useless. */
  readonly rpId: string
  /** Whose pages, and which Android apps, may use them. */
  readonly origins: readonly string[]
}

type PasskeySettings = Pick<Settings, 'PASSKEY_RP_ID' | 'PASSKEY_ORIGINS'>

/** The SHA-256 of an app's signing certificate, in base64url: https://developer.android.com/identity/sign-in/credential-manager */
const ANDROID_ORIGIN = /^android:apk-key-hash:[\w-]{43}$/

/**
 * @param given `issuer`, whose host is the default RP ID; it and `corsOrigins` are the default origins
 * @throws ConfigError
 */
export function parsePasskeys (
  env: PasskeySettings, { issuer, corsOrigins }: { issuer: string, corsOrigins: readonly string[] }
): PasskeyConfig {
  const rpId = env.PASSKEY_RP_ID === '' ? new URL(issuer).hostname : parseRpId(env.PASSKEY_RP_ID)
  const origins = env.PASSKEY_ORIGINS === '' ? [issuer, ...corsOrigins] : parseList(env.PASSKEY_ORIGINS).map(parsePasskeyOrigin)
  return { rpId, origins: [...new Set(origins)] }
}

function parseRpId (value: string): string {
  const isDomain = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/.test(value)
  if (!isDomain || isIP(value) !== 0) throw new ConfigError('PASSKEY_RP_ID must be a domain in lower case, such as example.com.')
  return value
}

function parsePasskeyOrigin (value: string): string {
  return ANDROID_ORIGIN.test(value) ? value : parseOrigin('PASSKEY_ORIGINS', value)
}
