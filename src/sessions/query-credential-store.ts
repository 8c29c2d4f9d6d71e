import { isDatabaseUnavailable, isInvalidText } from '../database/index.ts'
import { CredentialStoreUnavailableError, InvalidRequestError } from '../errors.ts'

// A deadlock or a serialization failure: the statement did nothing, and succeeds when asked again.
const RETRIED = new Set(['40P01', '40001'])

/**
 * Asks the credential store, a single statement or a read.
 *
 * @param work the question
 * @returns its answer
 * @throws CredentialStoreUnavailableError when the store cannot be reached, never a refusal of the credential;
 *   InvalidRequestError for text that no database can hold
 */
export async function askStore<T> (work: () => Promise<T>): Promise<T> {
  try {
    return await work().catch((error: unknown) => RETRIED.has(sqlStateOf(error)) ? work() : Promise.reject(error))
  } catch (error) {
    if (isDatabaseUnavailable(error) || RETRIED.has(sqlStateOf(error))) throw new CredentialStoreUnavailableError({ cause: error })
    if (isInvalidText(error)) throw new InvalidRequestError({ cause: error })
    throw error
  }
}

function sqlStateOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
