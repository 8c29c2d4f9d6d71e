import { findCustomClaimsFault, type CustomClaims } from '../contract/index.ts'
import { InvalidRequestError } from '../errors.ts'

/** @throws InvalidRequestError that names the member at fault */
export function assertClaims (claims: CustomClaims): void {
  const fault = findCustomClaimsFault(claims)
  if (fault === undefined) return
  const path = fault.name === undefined ? '/claims' : `/claims/${fault.name}`
  throw new InvalidRequestError({ errors: [{ path, message: fault.message }] })
}
