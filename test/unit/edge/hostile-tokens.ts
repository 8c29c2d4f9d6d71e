// Credentials that every verifier must reject with 401 invalid_token: one table for the edge and for the service.
import type { AccessClaims } from '../../../src/contract/index.ts'
import { hostileClaims } from './hostile-claims.ts'
import { hostileEncodings, hostileShapes } from './hostile-encodings.ts'
import { hostileHeaders } from './hostile-headers.ts'
import { hostileSignatures } from './hostile-signatures.ts'
import { mint, type KeyMaterial } from '../../support/tokens.ts'

export type HostileRow = [name: string, authorization: string]

/**
 * @param material a key that the verifier trusts
 * @param claims of a token that the verifier accepts, with a role other than admin
 * @returns each row is a name and a value of the Authorization header
 */
export function hostileTokens (material: KeyMaterial, claims: AccessClaims): HostileRow[] {
  const good = mint(material, claims)
  const tokens = [
    hostileShapes, hostileEncodings, hostileHeaders, hostileClaims, hostileSignatures
  ].flatMap((make) => make(material, claims))
  return [
    ['Bearer alone', 'Bearer'],
    ['Bearer and two spaces', `Bearer  ${good}`],
    ['Bearer and a tab', `Bearer\t${good}`],
    ['Bearer and a comma', `Bearer,${good}`],
    ['Bearer, something, and a token', `Bearer realm="x" ${good}`],
    ...tokens.map(([name, token]): HostileRow => [name, `Bearer ${token}`])
  ]
}
