import { NotFoundError } from '../errors.ts'
import { createKeyKeeper, toKeyringBody, type KeyKeeper, type KeyListing, type RejectedRow } from '../keys/index.ts'
import { loadSecretKeys } from '../secrets/index.ts'
import { OperatorError } from '../dependencies.ts'
import type { AdminRequest } from './admin-api.ts'
import { table, type Result } from './run.ts'
import { CLI_ACTOR, withDatabase } from './command-context.ts'

export async function listCommand (): Promise<Result> {
  return withKeeper({ method: 'GET', path: 'keys' }, async (keeper) => describe(await keeper.list()))
}

export async function rotateCommand ({ compromised }: { compromised?: string }): Promise<Result> {
  return withKeeper({ method: 'POST', path: 'keys/rotate', body: { compromised } }, async (keeper) => {
    try {
      return describe(await keeper.rotate({ compromised }, CLI_ACTOR))
    } catch (error) {
      if (error instanceof NotFoundError) throw new OperatorError('There is no such key.')
      throw error
    }
  })
}

export async function resealCommand (): Promise<Result> {
  return withKeeper(undefined, async (keeper) => {
    const resealed = await keeper.reseal()
    const { rejected } = await keeper.list()
    const done = resealed === 0 ? 'Every key is sealed under the first of SECRET_KEYS already.' : `Sealed ${resealed === 1 ? 'a key' : `${resealed} keys`} under the first of SECRET_KEYS.`
    return { text: [done, ...warningsOf(rejected)].join('\n'), value: { resealed } }
  })
}

/** Changes the keyring without opening it, so that one whose secret is lost can be replaced. */
async function withKeeper (request: AdminRequest | undefined, work: (keeper: KeyKeeper) => Promise<Result>): Promise<Result> {
  return withDatabase(request, async ({ config, database, log }) => {
    const secretKeys = await loadSecretKeys({ secretKeys: config.secretKeys, dataDir: config.database.dataDir, log })
    return work(createKeyKeeper({ database, secretKeys, algorithm: config.signingAlgorithm, rotationSeconds: config.keyRotationSeconds }))
  })
}

function describe (listing: KeyListing): Result {
  const rows = listing.keys.map(({ kid, algorithm, state, publishedAt, signsFrom, verifiesUntil, revokedAt }) =>
    [kid, algorithm, state, ...[publishedAt, signsFrom, verifiesUntil, revokedAt].map((time) => time?.toISOString() ?? '')])
  return {
    text: [
      table([['KID', 'ALG', 'STATE', 'PUBLISHED', 'SIGNS FROM', 'VERIFIES UNTIL', 'REVOKED'], ...rows]),
      `The next rotation is prepared at ${listing.nextRotationAt.toISOString()}.`,
      ...warningsOf(listing.rejected)
    ].join('\n'),
    value: toKeyringBody(listing)
  }
}

/** What to do about rows that the service has not written. */
function warningsOf (rejected: readonly RejectedRow[]): string[] {
  const [first] = rejected
  if (first === undefined) return []
  const count = rejected.length === 1 ? '1 row of signing_keys is' : `${rejected.length} rows of signing_keys are`
  return [
    `${count} not bound to SECRET_KEYS, so nothing trusts ${rejected.length === 1 ? 'it' : 'them'}:`,
    table(rejected.map(({ kid, reason }) => [`  ${kid}`, reason])),
    `Find out who has written to the database, then remove each, as with "npx gatepass keys rotate --compromised ${first.kid}".`,
    'Where a secret is missing in SECRET_KEYS, put it back instead.'
  ]
}
