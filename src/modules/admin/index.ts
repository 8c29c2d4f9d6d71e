import type { FastifyInstance, RouteOptions } from 'fastify'
import type { AdminModuleOptions } from './shared.ts'
import { audit } from './audit.ts'
import { keys } from './keys.ts'
import { mails } from './mails.ts'
import { sessions } from './sessions.ts'
import { users } from './users.ts'

/** The routes of admins. Each part registers the edge for itself. */
export async function admin (app: FastifyInstance, options: AdminModuleOptions): Promise<void> {
  const { stepUp } = options
  if (stepUp !== undefined) app.addHook('onRoute', (route) => { if (isChange(route)) route.config = { ...route.config, stepUp } })
  await app.register(users, options)
  await app.register(sessions, options)
  await app.register(keys, options)
  await app.register(audit, options)
  await app.register(mails, options)
}

function isChange ({ method }: RouteOptions): boolean {
  return [method].flat().some((name) => name !== 'GET' && name !== 'HEAD')
}
