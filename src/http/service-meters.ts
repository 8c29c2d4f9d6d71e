import type { Meter } from './meters.ts'

/** Live objects of plain numbers, read at each scrape. A source that is undefined has no metrics. */
export interface MetricsSources {
  build?: BuildFacts
  hashing?: HashingNumbers
  argon2?: Argon2Facts
  database?: DatabaseNumbers
  verifier?: VerifierNumbers
  mail?: MailNumbers | undefined
  revocations?: RevocationNumbers
  feed?: FeedNumbers
  log?: LogNumbers
  refreshes?: RefreshNumbers
  keyring?: KeyringNumbers
}

interface BuildFacts {
  /** Of gatepass. */
  readonly version: string
}

interface HashingNumbers {
  readonly running: number
  readonly waiting: number
  readonly refused: number
  readonly untrusted: number
}

interface Argon2Facts {
  /** Which binary hashes. */
  readonly build: string
}

interface DatabaseNumbers {
  readonly total: number
  readonly idle: number
  readonly waiting: number
}

interface VerifierNumbers {
  readonly verified: number
  readonly cacheHits: number
  /** By reason. */
  readonly rejected: Readonly<Record<string, number>>
}

interface MailNumbers {
  readonly sent: number
  readonly failed: number
  readonly expired: number
  /** By reason. */
  readonly retried: Readonly<Record<string, number>>
  /** Of all instances. */
  readonly backlog: { readonly due: number, readonly oldestSeconds: number }
}

interface RevocationNumbers {
  /** Revocations in force. */
  readonly size: number
  /** Since the last sync with the database; Infinity before the first. */
  readonly asOfAgeSeconds: number
  readonly clockSkew: { readonly seconds: number | undefined }
}

interface FeedNumbers {
  readonly subscribers: number
  readonly sent: number
  readonly dropped: number
}

interface LogNumbers {
  readonly dropped: number
}

/** By outcome. */
type RefreshNumbers = Readonly<Record<string, number>>

interface KeyringNumbers {
  /** Keys that verify, with the standby key. */
  readonly size: number
  /** Until the next rotation; negative while it is overdue. */
  readonly nextRotationSeconds: number
  readonly canSign: boolean
  /** Rows of signing_keys whose MAC does not match SECRET_KEYS. */
  readonly rejected: number
}

/** Registers the metrics of every source that is defined. */
export function measureSources (meter: Meter, sources: MetricsSources): void {
  if (sources.build !== undefined) describeBuild(meter, sources.build)
  if (sources.hashing !== undefined) measureHashing(meter, sources.hashing)
  if (sources.argon2 !== undefined) describeArgon2(meter, sources.argon2)
  if (sources.database !== undefined) measureDatabase(meter, sources.database)
  if (sources.verifier !== undefined) measureVerifier(meter, sources.verifier)
  if (sources.mail !== undefined) measureMail(meter, sources.mail)
  if (sources.revocations !== undefined) measureRevocations(meter, sources.revocations)
  if (sources.feed !== undefined) measureFeed(meter, sources.feed)
  if (sources.log !== undefined) measureLog(meter, sources.log)
  if (sources.refreshes !== undefined) measureRefreshes(meter, sources.refreshes)
  if (sources.keyring !== undefined) measureKeyring(meter, sources.keyring)
}

function describeBuild ({ info }: Meter, { version }: BuildFacts): void {
  info('gatepass_build_info', 'The version of gatepass that runs.', { version })
}

function measureHashing ({ gauge, counter }: Meter, hashing: HashingNumbers): void {
  gauge('gatepass_hashing_running', 'Password hashes in progress.', () => hashing.running)
  gauge('gatepass_hashing_waiting', 'Password hashes in the queue.', () => hashing.waiting)
  counter('gatepass_hashing_refused_total', 'Password hashes refused because the queue was full.', () => hashing.refused)
  counter('gatepass_hashing_untrusted_total', 'Stored hashes that were malformed or had parameters out of bounds.', () => hashing.untrusted)
}

function describeArgon2 ({ info }: Meter, { build }: Argon2Facts): void {
  const help = 'The binary that hashes passwords: native or x86-64-v3 (npm run build:argon2), ready-made, or other.'
  info('gatepass_argon2_build_info', help, { build })
}

function measureDatabase ({ gauge }: Meter, database: DatabaseNumbers): void {
  gauge('gatepass_database_connections', 'Connections to the database.', () => database.total)
  gauge('gatepass_database_idle_connections', 'Idle connections to the database.', () => database.idle)
  gauge('gatepass_database_waiting', 'Queries that wait for a connection.', () => database.waiting)
}

function measureVerifier ({ counters }: Meter, verifier: VerifierNumbers): void {
  const help = 'Access tokens by outcome: verified (signature checked), cache_hit, or the reason of the rejection.'
  counters('gatepass_token_verifications_total', help, 'outcome', () => {
    return { verified: verifier.verified, cache_hit: verifier.cacheHits, ...verifier.rejected }
  })
}

function measureMail ({ gauge, counters }: Meter, mail: MailNumbers): void {
  const outcomes = 'Mails by outcome: sent, failed (refused for good), or expired (not sent in time).'
  const oldestHelp = 'Since the oldest of the mails that wait was asked for; 0 if none waits. Every instance sees the same mails.'
  counters('gatepass_mails_total', outcomes, 'outcome', () => ({ sent: mail.sent, failed: mail.failed, expired: mail.expired }))
  counters('gatepass_mail_retries_total', 'Failed attempts to send a mail that is sent again, by reason.', 'reason', () => mail.retried)
  gauge('gatepass_mails_due', 'Mails that wait to be sent, up to 10000. Every instance sees the same mails.', () => mail.backlog.due)
  gauge('gatepass_mails_oldest_due_seconds', oldestHelp, () => mail.backlog.oldestSeconds)
}

function measureRevocations ({ gauge }: Meter, revocations: RevocationNumbers): void {
  const ageHelp = 'Time since the last successful sync with the database: later revocations may be unknown here.'
  const skewHelp = 'How far the clock of this machine is ahead of the database\'s; negative if it is behind.'
  gauge('gatepass_revocation_entries', 'Revocations in force.', () => revocations.size)
  gauge('gatepass_revocation_age_seconds', ageHelp, () => revocations.asOfAgeSeconds)
  gauge('gatepass_clock_skew_seconds', skewHelp, () => revocations.clockSkew.seconds ?? NaN)
}

function measureFeed ({ gauge, counter }: Meter, feed: FeedNumbers): void {
  gauge('gatepass_feed_subscribers', 'Open streams of the revocation feed.', () => feed.subscribers)
  counter('gatepass_feed_events_sent_total', 'Events sent to the subscribers of the revocation feed.', () => feed.sent)
  counter('gatepass_feed_dropped_total', 'Subscribers of the revocation feed disconnected for slow reading.', () => feed.dropped)
}

function measureLog ({ counter }: Meter, log: LogNumbers): void {
  counter('gatepass_log_lines_dropped_total', 'Log lines dropped because standard output could not be written.', () => log.dropped)
}

function measureRefreshes ({ counters }: Meter, refreshes: RefreshNumbers): void {
  const outcomes = 'rotated, replayed, recovered, retry, from_future, reused, inactive, invalid, missing, rate_limited or unavailable'
  counters('gatepass_refreshes_total', `Refreshes by outcome: ${outcomes}.`, 'outcome', () => refreshes)
}

function measureKeyring ({ gauge }: Meter, keyring: KeyringNumbers): void {
  gauge('gatepass_keyring_keys', 'Signing keys that verify, with the standby key.', () => keyring.size)
  gauge('gatepass_keyring_next_rotation_seconds', 'Time until the next rotation; negative if overdue.', () => keyring.nextRotationSeconds)
  gauge('gatepass_keyring_can_sign', 'Whether this instance can sign: 1 or 0.', () => Number(keyring.canSign))
  gauge('gatepass_keyring_rejected', 'Rows of signing_keys that do not match SECRET_KEYS and are never trusted.', () => keyring.rejected)
}
