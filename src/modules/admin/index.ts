import type { FastifyInstance } from 'fastify'
import type { AdminModuleOptions } from './shared.ts'
import { audit } from './audit.ts'
import { keys } from './keys.ts'
import { mails } from './mails.ts'
import { createProofCheck } from './proof-check.ts'
import { secondFactor } from './second-factor.ts'
import { sessions } from './sessions.ts'
import { users } from './users.ts'

/** The routes of admins. Each part registers the edge for itself. */
export async function admin (app: FastifyInstance, options: AdminModuleOptions): Promise<void> {
  app.addHook('onRoute', createProofCheck(options))
  await app.register(users, options)
  await app.register(secondFactor, options)
  await app.register(sessions, options)
  await app.register(keys, options)
  await app.register(audit, options)
  await app.register(mails, options)
}
