import { isConflict, isDatabaseUnavailable, isInvalidText } from '../database/index.ts'
import { CredentialStoreUnavailableError, InvalidRequestError } from '../errors.ts'

/**
 * Queries the credential store: a single statement, or a read. After a deadlock or a serialization failure, which undo the statement, it is
 * tried once more.
 *
 * @throws CredentialStoreUnavailableError if the store cannot be reached, never an error that rejects the credential; InvalidRequestError
 *   for text that the database cannot store
 */
export async function queryCredentialStore<T> (query: () => Promise<T>): Promise<T> {
  try {
    return await query().catch((error: unknown) => isConflict(error) ? query() : Promise.reject(error))
  } catch (error) {
    if (isDatabaseUnavailable(error) || isConflict(error)) throw new CredentialStoreUnavailableError({ cause: error })
    if (isInvalidText(error)) throw new InvalidRequestError({ cause: error })
    throw error
  }
}
