import { NotFoundError } from '../errors.ts'
import { createKeyKeeper, loadSecretKeys, toKeyringBody, type KeyKeeper, type KeyListing } from '../keys/index.ts'
import { OperatorError } from '../parts.ts'
import { table, type Result } from './run.ts'
import { BY_OPERATOR, withDatabase } from './workshop.ts'

export async function listCommand (): Promise<Result> {
  return withKeeper(async (keeper) => describe(await keeper.list()))
}

export async function rotateCommand ({ compromised }: { compromised?: string }): Promise<Result> {
  return withKeeper(async (keeper) => {
    try {
      return describe(await keeper.rotate({ compromised }, BY_OPERATOR))
    } catch (error) {
      if (error instanceof NotFoundError) throw new OperatorError('There is no such key.')
      throw error
    }
  })
}

export async function resealCommand (): Promise<Result> {
  return withKeeper(async (keeper) => {
    const resealed = await keeper.reseal()
    const text = resealed === 0 ? 'Every private key is sealed under the first of SECRET_KEYS already.' : `Sealed ${resealed === 1 ? 'a private key' : `${resealed} private keys`} under the first of SECRET_KEYS.`
    return { text, value: { resealed } }
  })
}

/** Changes the keyring without opening it, so that one whose secret is lost can be replaced. */
async function withKeeper (work: (keeper: KeyKeeper) => Promise<Result>): Promise<Result> {
  return withDatabase(async ({ config, database, log }) => {
    const secretKeys = await loadSecretKeys({ secretKeys: config.secretKeys, dataDir: config.database.dataDir, log })
    return work(createKeyKeeper({ database, secretKeys, algorithm: config.signingAlgorithm, rotationSeconds: config.keyRotationSeconds }))
  })
}

function describe (listing: KeyListing): Result {
  const rows = listing.keys.map(({ kid, algorithm, state, publishedAt, signsFrom, verifiesUntil, revokedAt }) =>
    [kid, algorithm, state, ...[publishedAt, signsFrom, verifiesUntil, revokedAt].map((time) => time?.toISOString() ?? '')])
  return {
    text: `${table([['KID', 'ALG', 'STATE', 'PUBLISHED', 'SIGNS FROM', 'VERIFIES UNTIL', 'REVOKED'], ...rows])}\nThe next rotation is prepared at ${listing.nextRotationAt.toISOString()}.`,
    value: toKeyringBody(listing)
  }
}
