import { NotFoundError } from '../errors.ts'
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
  return withKeyManager(undefined, async (manager) => {
    const resealed = await manager.reseal()
    const { rejected } = await manager.list()
    const count = resealed === 1 ? '1 key' : `${resealed} keys`
    const done = resealed === 0 ? 'All keys are already encrypted' : `Encrypted ${count}`
    const text = `${done} under the first of SECRET_KEYS.`
    return { text: [text, ...rejectedWarnings(rejected)].join('\n'), value: { resealed } }
  })
}

/** Works without decrypting the keyring, so that one whose secret is lost can be replaced. */
async function withKeyManager (request: AdminRequest | undefined, work: (manager: KeyManager) => Promise<Result>): Promise<Result> {
  return withDatabase(request, async ({ config, database, log }) => {
    const { signingAlgorithm: algorithm, keyRotationSeconds: rotationSeconds } = config
    const secretKeys = await loadSecretKeys({ secretKeys: config.secretKeys, dataDir: config.database.dataDir, log })
    return work(createKeyManager({ database, secretKeys, algorithm, rotationSeconds }))
  })
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
