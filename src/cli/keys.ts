import type { Database } from '../database/index.ts'
import { NotFoundError } from '../errors.ts'
import { countUnreadableSecrets, resealTotpSecrets } from '../factors/index.ts'
import { createKeyManager, toKeyringBody, type KeyManager, type KeyListing, type RejectedRow, type RotationOrder } from '../keys/index.ts'
import { loadSecretKeys } from '../secrets/index.ts'
import { OperatorError } from '../dependencies.ts'
import { table, type Result } from './run.ts'
import { CLI_ACTOR, withDatabase, type AdminRequest } from './command-context.ts'

export async function listCommand (): Promise<Result> {
  return withKeyManager({ method: 'GET', path: 'keys' }, async (manager) => toResult(await manager.list()))
}

export async function rotateCommand ({ compromised, useStandby }: RotationOrder): Promise<Result> {
  if (useStandby === true && compromised === undefined) throw new OperatorError('--use-standby goes with --compromised.')
  return withKeyManager({ method: 'POST', path: 'keys/rotate', body: { compromised, use_standby: useStandby } }, async (manager) => {
    try {
      return toResult(await manager.rotate({ compromised, useStandby }, CLI_ACTOR))
    } catch (error) {
      if (error instanceof NotFoundError) throw new OperatorError('There is no such key.')
      throw error
    }
  })
}

export async function resealCommand (): Promise<Result> {
  return withKeyManager(undefined, async (manager, { database, secretKeys }) => {
    const resealed = await manager.reseal()
    const totp = await resealTotpSecrets(database, { secretKeys })
    const { rejected } = await manager.list()
    const unreadable = await countUnreadableSecrets(database.kysely, secretKeys)
    const count = `${countOf(resealed, 'key')} and ${countOf(totp, 'TOTP secret')}`
    const done = resealed + totp === 0 ? 'All keys and TOTP secrets are already encrypted' : `Encrypted ${count}`
    const text = `${done} under the first of SECRET_KEYS.`
    const left = `${countOf(unreadable, 'TOTP secret')} under a secret that is not in SECRET_KEYS: put it back, and run this again.`
    const lines = [text, ...unreadable === 0 ? [] : [left], ...rejectedWarnings(rejected)]
    return { text: lines.join('\n'), value: { resealed, totp, unreadable } }
  })
}

/** Works without decrypting the keyring, so that one whose secret is lost can be replaced. */
async function withKeyManager (
  request: AdminRequest | undefined, work: (manager: KeyManager, opened: OpenedKeys) => Promise<Result>
): Promise<Result> {
  return withDatabase(request, async ({ config, database, log }) => {
    const { signingAlgorithm: algorithm, keyRotationSeconds: rotationSeconds } = config
    const secretKeys = await loadSecretKeys({ secretKeys: config.secretKeys, dataDir: config.database.dataDir, log })
    return work(createKeyManager({ database, secretKeys, algorithm, rotationSeconds }), { database, secretKeys })
  })
}

interface OpenedKeys {
  database: Database
  secretKeys: readonly Buffer[]
}

function countOf (count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function toResult (listing: KeyListing): Result {
  const rows = listing.keys.map(({ kid, algorithm, state, publishedAt, signsFrom, verifiesUntil, revokedAt }) =>
    [kid, algorithm, state, ...[publishedAt, signsFrom, verifiesUntil, revokedAt].map((time) => time?.toISOString() ?? '')])
  return {
    text: [
      table([['KID', 'ALG', 'STATE', 'PUBLISHED', 'SIGNS FROM', 'VERIFIES UNTIL', 'REVOKED'], ...rows]),
      `The next rotation is prepared at ${listing.nextRotationAt.toISOString()}.`,
      ...rejectedWarnings(listing.rejected)
    ].join('\n'),
    value: toKeyringBody(listing)
  }
}

/** Advice about rows that the service did not write. */
function rejectedWarnings (rejected: readonly RejectedRow[]): string[] {
  const [first] = rejected
  if (first === undefined) return []
  const count = rejected.length === 1 ? '1 row of signing_keys is' : `${rejected.length} rows of signing_keys are`
  return [
    `${count} not bound to SECRET_KEYS and not trusted:`,
    table(rejected.map(({ kid, reason }) => [`  ${kid}`, reason])),
    `Find out who has written to the database, then remove each, with "npx gatepass keys rotate --compromised ${first.kid}".`,
    'If one of SECRET_KEYS is missing, put it back instead.'
  ]
}
