import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { assertAccountPassword, parseEmail } from '../accounts/index.ts'
import { toOrigin } from '../audit/index.ts'
import { noStore } from '../http/index.ts'
import { createThrottle } from '../throttle/index.ts'
import { createProofReader } from './read-proof.ts'
import type { ProofOptions } from './registration.ts'
import { completePasswordResetRoute, requestPasswordResetRoute, type CompletePasswordResetBody, type PasswordResetBody } from './schemas.ts'
import { setPasswordByProof } from './set-password.ts'

/** Lets users set a password by a link that was mailed to them: one who has forgotten it, and one who was invited. */
export async function passwordReset (app: FastifyInstance, options: ProofOptions): Promise<void> {
  const { database, hasher, outbox, passwordMinLength } = options
  const throttle = createThrottle(options)
  const readProof = createProofReader(options)
  app.addHook('onRequest', noStore)
  app.post('/auth/password-reset', { schema: requestPasswordResetRoute }, onAsk)
  app.post('/auth/password-reset/complete', { schema: completePasswordResetRoute, config: { revokes: true } }, onComplete)

  /** The same statements for every address. */
  async function onAsk (request: FastifyRequest<{ Body: PasswordResetBody }>, reply: FastifyReply): Promise<{}> {
    outbox.assertEnabled()
    const address = parseEmail(request.body.email)
    const origin = toOrigin(request)
    await throttle.admitMail({ mailbox: address.normalized, isReset: true, caller: origin })
    await outbox.enqueue(database.kysely, { purpose: 'password_reset', address }, { type: 'password_reset_requested', origin })
    reply.code(202)
    return {}
  }

  async function onComplete (request: FastifyRequest<{ Body: CompletePasswordResetBody }>, reply: FastifyReply): Promise<void> {
    outbox.assertEnabled()
    const { token, new_password: newPassword } = request.body
    const origin = toOrigin(request)
    hasher.assertCapacity(origin.ip)
    const proof = await readProof({ token }, ['password_reset', 'invitation'], origin)
    assertAccountPassword(newPassword, { minLength: passwordMinLength, email: proof.email.display, path: '/new_password' })
    // No connection is held while hashing.
    const passwordHash = await hasher.hash(newPassword)
    await setPasswordByProof(database, outbox, { proof, passwordHash }, { actorId: null, origin })
    reply.code(204)
  }
}
