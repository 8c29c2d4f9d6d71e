import { ProblemError } from './errors.ts'
import type { Clock } from './platform.ts'
import type { Session } from './session.ts'
import { isSameSession, type Tokens } from './tokens.ts'

/** An older token is refreshed before it is sent, because it could expire on the way. */
export const MAX_AGE_FRACTION = 0.9

/** The access tokens of a session for one audience. */
export class AccessTokens {
  readonly #session: Session
  readonly #audience: string | undefined
  readonly #clock: Clock
  #newest: Tokens | undefined
  #steppedUp: Tokens | undefined
  #refreshing: Promise<void> | undefined

  /** @param audience undefined: the default one, whose tokens the session itself keeps */
  constructor (session: Session, audience: string | undefined, clock: Clock) {
    this.#session = session
    this.#audience = audience
    this.#clock = clock
  }

  /** True when there is certainly no session. */
  get hasEnded (): boolean {
    return this.#session.hasEnded
  }

  /** The newest one, or the one that a step-up gave, until it expires; undefined when there is none of the current session. */
  get tokens (): Tokens | undefined {
    const steppedUp = this.#ofSession(this.#steppedUp)
    if (steppedUp !== undefined && this.ageFraction(steppedUp) < MAX_AGE_FRACTION) return steppedUp
    return this.#audience === undefined ? this.#session.tokens : this.#ofSession(this.#newest)
  }

  /** @throws UnavailableError; ProblemError for an audience that the service does not have */
  async refresh (): Promise<void> {
    const rejected = this.#steppedUp
    try {
      await (this.#audience === undefined ? this.#session.refresh() : this.#refreshOnce(this.#audience))
    } finally {
      // Not earlier: other requests that had it wait for the refresh too, rather than use what was there before the step-up.
      if (this.#steppedUp === rejected) this.#steppedUp = undefined
    }
  }

  /**
   * Uses the token of a step-up from now on.
   *
   * @throws ProblemError when its session has ended in the meantime
   */
  stepUp (tokens: Tokens): void {
    this.#steppedUp = tokens
    if (this.tokens === tokens) return
    throw new ProblemError({ status: 401, code: 'invalid_token', detail: 'The session has ended in the meantime.' })
  }

  /** @returns 0 for a new token, 1 when it expires */
  ageFraction ({ requestedAt, lifetimeSeconds }: Tokens): number {
    return (this.#clock.now() - requestedAt) / (lifetimeSeconds * 1000)
  }

  #refreshOnce (audience: string): Promise<void> {
    this.#refreshing ??= this.#refreshFor(audience).finally(() => { this.#refreshing = undefined })
    return this.#refreshing
  }

  async #refreshFor (audience: string): Promise<void> {
    this.#newest = await this.#session.refreshFor(audience) ?? this.#newest
  }

  #ofSession (tokens: Tokens | undefined): Tokens | undefined {
    const current = this.#session.tokens
    return tokens !== undefined && current !== undefined && isSameSession(tokens.user, current.user) ? tokens : undefined
  }
}
