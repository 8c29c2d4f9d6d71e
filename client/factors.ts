import { isObject } from './errors.ts'
import { parsePasskeyOptions, type PasskeyRequests } from './passkeys.ts'
import type { Fetch } from './platform.ts'
import { assertStatus, parse, type Post } from './post.ts'

export interface Passkey {
  /** UUID, for `renamePasskey` and `removePasskey`. */
  readonly id: string
  /** As the user calls it. */
  readonly name: string
  /** RFC 3339. */
  readonly createdAt: string
  /** The day, as 2026-01-01; null: never. */
  readonly lastUsedOn: string | null
  /** Whether it is in the user's other devices, too. */
  readonly backedUp: boolean
  /** As the browser knows it, base64url. */
  readonly credentialId: string
  /** The domain that it was made for: another one than that of `Security` cannot use it. */
  readonly rpId: string
}

/** How the account of the user is secured. */
export interface Security {
  /** Whether each login needs a second factor. */
  readonly required: boolean
  /** Whether there is an authenticator app. */
  readonly totp: boolean
  readonly passkeys: readonly Passkey[]
  readonly recoveryCodesLeft: number
  /** RFC 3339; null: the user has not proved to read the mailbox. */
  readonly emailVerifiedAt: string | null
  /** The domain of passkeys. */
  readonly rpId: string
  /** As passkeys know the user, base64url. */
  readonly userHandle: string
}

/** What a user needs who has to set up a second factor. */
export interface EnrolmentMethods {
  /** What there is. The browser is told which passkeys are good (signal API). */
  security (): Promise<Security>
  /**
   * Makes the secret of an authenticator app. It counts when a code of it has confirmed it; until then, this may be repeated.
   *
   * @returns the secret to type (base32), and the `otpauth:` address to show as a QR code
   * @throws StepUpNeededError
   */
  startTotp (): Promise<{ secret: string, otpauthUri: string }>
  /**
   * Turns the authenticator app on. Each login needs a second factor then, and the user's other sessions end.
   *
   * @returns the recovery codes, which nobody can show again
   * @throws StepUpNeededError; ProblemError with code `wrong_code`; `clock_skew` when the device has the wrong time
   */
  confirmTotp (code: string): Promise<readonly string[]>
  /**
   * Makes a passkey: the browser asks the user.
   *
   * @param name to know it by
   * @throws StepUpNeededError; ProblemError with code `passkey_exists`, `wrong_passkey`; TypeError where there are no passkeys; what the
   *   browser throws, such as a NotAllowedError when the user declines, or an InvalidStateError for a device that has one already
   */
  registerPasskey (name: string): Promise<Passkey>
}

/**
 * Second factors and passkeys of the user. All methods throw ProblemError, and UnavailableError when there is no response within 10 s.
 * What removes the last factor, while one is needed, throws a ProblemError with code `last_factor`.
 */
export interface FactorMethods extends EnrolmentMethods {
  /** @throws StepUpNeededError */
  removeTotp (): Promise<void>
  /**
   * Makes new recovery codes; the others are void.
   *
   * @throws StepUpNeededError
   */
  renewRecoveryCodes (): Promise<readonly string[]>
  /**
   * Whether each login needs a second factor.
   *
   * @throws StepUpNeededError
   */
  requireSecondFactor (required: boolean): Promise<void>
  /** @throws StepUpNeededError */
  renamePasskey (id: string, name: string): Promise<void>
  /**
   * Removes a passkey, and tells the browser.
   *
   * @throws StepUpNeededError
   */
  removePasskey (id: string): Promise<void>
  /**
   * After an EnrolmentNeededError: what sets up the first factor, before there is a session. Then log in again.
   *
   * @param accessToken of the error; when it has expired, the methods throw a ProblemError of status 401: log in again
   */
  enrol (accessToken: string): EnrolmentMethods
}

interface FactorOptions {
  post: Post
  passkeys: PasskeyRequests
  /** Adds the access token. */
  bearerFetch: Fetch
  /** Adds none. */
  fetch: Fetch
}

export function createFactorMethods ({ post, passkeys, bearerFetch, fetch }: FactorOptions): FactorMethods {
  const send = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: `/account/${string}`, body?: object) => {
    return post(path, body, { method, fetch: bearerFetch })
  }
  const own = createEnrolmentMethods(bearerFetch)

  return {
    ...own,
    async removeTotp () {
      assertStatus(await send('DELETE', '/account/totp'), 204)
    },
    async renewRecoveryCodes () {
      return parse(await send('POST', '/account/recovery-codes'), 200, toRecoveryCodes)
    },
    async requireSecondFactor (required) {
      assertStatus(await send('PUT', '/account/second-factor', { required }), 204)
    },
    async renamePasskey (id, name) {
      assertStatus(await send('PATCH', `/account/passkeys/${encodeURIComponent(id)}`, { name }), 204)
    },
    async removePasskey (id) {
      assertStatus(await send('DELETE', `/account/passkeys/${encodeURIComponent(id)}`), 204)
      await own.security().catch(() => {})
    },
    enrol: (accessToken) => createEnrolmentMethods((input, init) => {
      return fetch(input, { ...init, credentials: 'omit', headers: { ...init?.headers as object, authorization: `Bearer ${accessToken}` } })
    })
  }

  function createEnrolmentMethods (fetch: Fetch): EnrolmentMethods {
    const postOwn = (path: `/account/${string}`, body?: object) => post(path, body, { fetch })

    return {
      async security () {
        const security = parse(await post('/account/security', undefined, { method: 'GET', fetch }), 200, toSecurity)
        await passkeys.signalAccepted(security)
        return security
      },
      async startTotp () {
        return parse(await postOwn('/account/totp', {}), 200, toSecret)
      },
      async confirmTotp (code) {
        return parse(await postOwn('/account/totp/confirm', { code }), 200, toRecoveryCodes)
      },
      async registerPasskey (name) {
        const { options } = parsePasskeyOptions(await postOwn('/account/passkeys/options', {}))
        const credential = await passkeys.create(options)
        return parse(await postOwn('/account/passkeys', { name, credential }), 201, toPasskey)
      }
    }
  }
}

function toSecurity (body: Record<string, unknown>): Security | undefined {
  const { second_factor: factor, email_verified_at: verifiedAt, rp_id: rpId, user_handle: userHandle } = body
  if (!isObject(factor) || !Array.isArray(factor.passkeys) || typeof rpId !== 'string' || typeof userHandle !== 'string') return undefined
  const { required, totp, passkeys, recovery_codes_left: recoveryCodesLeft } = factor
  return {
    required: required === true,
    totp: totp === true,
    passkeys: passkeys.flatMap((passkey) => toPasskey(passkey) ?? []),
    recoveryCodesLeft: Number(recoveryCodesLeft),
    emailVerifiedAt: typeof verifiedAt === 'string' ? verifiedAt : null,
    rpId,
    userHandle
  }
}

function toSecret ({ secret, otpauth_uri: otpauthUri }: Record<string, unknown>): { secret: string, otpauthUri: string } | undefined {
  return typeof secret === 'string' && typeof otpauthUri === 'string' ? { secret, otpauthUri } : undefined
}

function toRecoveryCodes ({ recovery_codes: codes }: Record<string, unknown>): readonly string[] | undefined {
  return Array.isArray(codes) && codes.every((code) => typeof code === 'string') ? codes : undefined
}

function toPasskey (body: unknown): Passkey | undefined {
  if (!isObject(body)) return undefined
  const { id, name, created_at: createdAt, last_used_on: lastUsedOn, backed_up: backedUp, credential_id: credentialId, rp_id: rpId } = body
  if (typeof id !== 'string' || typeof name !== 'string' || typeof createdAt !== 'string') return undefined
  if (typeof credentialId !== 'string' || typeof rpId !== 'string') return undefined
  const lastUse = typeof lastUsedOn === 'string' ? lastUsedOn : null
  return { id, name, createdAt, lastUsedOn: lastUse, backedUp: backedUp === true, credentialId, rpId }
}
