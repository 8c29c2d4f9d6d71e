import type { ProofPurpose } from '../accounts/index.ts'
import { recordAudit, type Origin } from '../audit/index.ts'
import type { Database } from '../database/index.ts'
import { InvalidProofError } from '../errors.ts'
import { TokenBuckets } from '../sessions/index.ts'
import type { ProofId, ProofSecrets } from './proof-secrets.ts'
import { findProof, tryCode, type Proof } from './proof-store.ts'

/** What a client shows: the token of a link, or a code and the handle of the response that promised it. */
export type GivenProof = { token: string } | { handle: string, code: string }

interface ProofReaderOptions {
  database: Pick<Database, 'kysely'>
  secrets: ProofSecrets
  loginRatePerMinute: number
}

/**
 * Reads a proof, and does not use it.
 *
 * @param given of an open route
 * @param purposes one of them; a code has the first one
 * @throws InvalidProofError, for a forged token or handle without a query; TooManyAttemptsError
 */
type ReadProof = (given: GivenProof, purposes: readonly [ProofPurpose, ...ProofPurpose[]], origin: Origin) => Promise<Proof>

/**
 * Each proof is looked at R = LOGIN_RATE_PER_MINUTE times at once, and then R times a minute: until it is used, each time may cost a
 * password hash. How many proofs there are is limited by what makes them.
 */
export function createProofReader ({ database: { kysely: db }, secrets, loginRatePerMinute }: ProofReaderOptions): ReadProof {
  const buckets = new TokenBuckets({ burst: loginRatePerMinute, perSecond: loginRatePerMinute / 60 })

  return async function readProof (given, purposes, origin) {
    const proof = 'token' in given
      ? await findByToken(secrets.parseToken(given.token, purposes), origin)
      : await findByCode(secrets.parseHandle(given.handle, purposes[0]), given.code, origin)
    if (proof === undefined) throw new InvalidProofError()
    return proof
  }

  async function findByToken (id: ProofId | undefined, origin: Origin): Promise<Proof | undefined> {
    if (id === undefined) return undefined
    buckets.assertAvailable(id.id, { reason: 'too many uses of one proof' })
    const proof = await findProof(db, id)
    const details = { purpose: id.purpose, means: 'link' }
    if (proof === undefined) await recordAudit(db, { type: 'proof_rejected', origin, details })
    return proof
  }

  async function findByCode (id: ProofId | undefined, code: string, origin: Origin): Promise<Proof | undefined> {
    if (id === undefined) return undefined
    buckets.assertAvailable(id.id, { reason: 'too many uses of one proof' })
    return tryCode(db, { ...id, isRight: secrets.isCode(code, id), origin })
  }
}
