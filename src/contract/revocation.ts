// What the issuing half tells every edge about tokens that must no longer be accepted.

/** One session ended: its tokens are refused until the last of them has expired anyway. `exp` is NumericDate. */
export interface SessionRevoked {
  sid: string
  exp: number
}

/** Tokens with `iat < before` are refused, of one user or, without `sub`, of everybody; the client refreshes and goes on. */
export interface RefreshRequired {
  sub?: string
  before: number
  exp: number
}
