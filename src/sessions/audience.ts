import { InvalidTargetError } from '../errors.ts'

/**
 * Chooses whom a token is for. Nothing is stored: each request names the audience it wants.
 *
 * @param audiences of AUDIENCES, the first is the default
 * @param requested by the client, if it has asked for one
 * @throws InvalidTargetError
 */
export function selectAudience (audiences: readonly string[], requested: string | undefined): string {
  const audience = requested === undefined ? audiences[0] : audiences.find((known) => known === requested)
  if (audience === undefined) throw new InvalidTargetError()
  return audience
}
