import type { Meters } from './meters.ts'

/** What the parts of the service tell of themselves: live objects of plain numbers. A part that is not there is left out. */
export interface MetricsSources {
  hashing?: HashingNumbers
  argon2?: Argon2Facts
  database?: DatabaseNumbers
  verifier?: VerifierNumbers
  revocations?: RevocationNumbers
  feed?: FeedNumbers
  log?: LogNumbers
  refreshes?: RefreshNumbers
  keyring?: KeyringNumbers
}

export interface HashingNumbers {
  readonly running: number
  readonly waiting: number
  readonly refused: number
  readonly untrusted: number
}

export interface Argon2Facts {
  /** Which binary hashes. */
  readonly build: string
}

export interface DatabaseNumbers {
  readonly total: number
  readonly idle: number
  readonly waiting: number
}

export interface VerifierNumbers {
  readonly verified: number
  readonly remembered: number
  /** By reason. */
  readonly refused: Readonly<Record<string, number>>
}

export interface RevocationNumbers {
  /** Entries in force. */
  readonly size: number
  /** Infinity before the first. */
  readonly asOfAgeSeconds: number
  readonly clockSkew: { readonly seconds: number | undefined }
}

export interface FeedNumbers {
  readonly subscribers: number
  readonly sent: number
  readonly cut: number
}

export interface LogNumbers {
  readonly lost: number
}

/** By how they ended. */
export type RefreshNumbers = Readonly<Record<string, number>>

export interface KeyringNumbers {
  /** Keys that verify, the one that does not sign yet among them. */
  readonly size: number
  /** Until it has to be prepared; negative while it is overdue. */
  readonly nextRotationSeconds: number
  readonly canSign: boolean
  /** Rows of the table that are not bound to SECRET_KEYS. */
  readonly rejected: number
}

/** Says under which names they are known. */
export function measureSources (meters: Meters, sources: MetricsSources): void {
  if (sources.hashing !== undefined) measureHashing(meters, sources.hashing)
  if (sources.argon2 !== undefined) describeArgon2(meters, sources.argon2)
  if (sources.database !== undefined) measureDatabase(meters, sources.database)
  if (sources.verifier !== undefined) measureVerifier(meters, sources.verifier)
  if (sources.revocations !== undefined) measureRevocations(meters, sources.revocations)
  if (sources.feed !== undefined) measureFeed(meters, sources.feed)
  if (sources.log !== undefined) measureLog(meters, sources.log)
  if (sources.refreshes !== undefined) measureRefreshes(meters, sources.refreshes)
  if (sources.keyring !== undefined) measureKeyring(meters, sources.keyring)
}

function measureHashing ({ gauge, counter }: Meters, hashing: HashingNumbers): void {
  gauge('gatepass_hashing_running', 'Password hashes under way.', () => hashing.running)
  gauge('gatepass_hashing_waiting', 'Password hashes in the queue.', () => hashing.waiting)
  counter('gatepass_hashing_refused_total', 'Password hashes turned away because the queue was full.', () => hashing.refused)
  counter('gatepass_hashing_untrusted_total', 'Stored hashes that were malformed, or asked for work beyond all bounds.', () => hashing.untrusted)
}

function describeArgon2 ({ info }: Meters, { build }: Argon2Facts): void {
  info('gatepass_argon2_build_info', 'Which binary hashes passwords: native or x86-64-v3 (npm run build:argon2), ready-made, or other.', { build })
}

function measureDatabase ({ gauge }: Meters, database: DatabaseNumbers): void {
  gauge('gatepass_database_connections', 'Connections to the database.', () => database.total)
  gauge('gatepass_database_idle_connections', 'Connections to the database that nobody uses.', () => database.idle)
  gauge('gatepass_database_waiting', 'Queries that wait for a connection.', () => database.waiting)
}

function measureVerifier ({ counters }: Meters, verifier: VerifierNumbers): void {
  counters('gatepass_token_verifications_total', 'Access tokens by what was found: verified, remembered, or why they were refused.', 'outcome', () => {
    return { verified: verifier.verified, remembered: verifier.remembered, ...verifier.refused }
  })
}

function measureRevocations ({ gauge }: Meters, revocations: RevocationNumbers): void {
  gauge('gatepass_revocation_entries', 'Revocations in force.', () => revocations.size)
  gauge('gatepass_revocation_age_seconds', 'Since the last good catch-up with the database: what was revoked later may not be known here.', () => revocations.asOfAgeSeconds)
  gauge('gatepass_clock_skew_seconds', 'By how much the clock of this machine is ahead of the database\'s; negative where it is behind.', () => revocations.clockSkew.seconds ?? NaN)
}

function measureFeed ({ gauge, counter }: Meters, feed: FeedNumbers): void {
  gauge('gatepass_feed_subscribers', 'Streams of the revocation feed that are open.', () => feed.subscribers)
  counter('gatepass_feed_events_sent_total', 'Events of the revocation feed that were sent, to however many.', () => feed.sent)
  counter('gatepass_feed_cut_total', 'Subscribers of the revocation feed that were too slow, and were cut.', () => feed.cut)
}

function measureLog ({ counter }: Meters, log: LogNumbers): void {
  counter('gatepass_log_lines_lost_total', 'Lines of the log that could not be written: the disk is full, or nobody reads them.', () => log.lost)
}

function measureRefreshes ({ counters }: Meters, refreshes: RefreshNumbers): void {
  counters('gatepass_refreshes_total', 'Refreshes by outcome: what the rule decided (rotated, converged, recovered, retry, ahead, reused), over, forged, missing, limited, or unavailable.', 'outcome', () => refreshes)
}

function measureKeyring ({ gauge }: Meters, keyring: KeyringNumbers): void {
  gauge('gatepass_keyring_keys', 'Signing keys that verify, the one that does not sign yet among them.', () => keyring.size)
  gauge('gatepass_keyring_next_rotation_seconds', 'Until the next rotation has to be prepared; negative while that is overdue.', () => keyring.nextRotationSeconds)
  gauge('gatepass_keyring_can_sign', 'Whether this instance could sign now: 1 or 0.', () => Number(keyring.canSign))
  gauge('gatepass_keyring_rejected', 'Rows of signing_keys that are not bound to SECRET_KEYS, and trusted by nobody.', () => keyring.rejected)
}
