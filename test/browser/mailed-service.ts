// The service in this process, at an address that a browser opens, with the mails that it sends.
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/config.ts'
import type { Database } from '../../src/database/index.ts'
import { closeExceptDatabase, openWithDatabase } from '../../src/dependencies.ts'
import { createLog } from '../../src/http/index.ts'
import { startMailSender } from '../../src/mail-sender.ts'
import { SECRET_KEYS } from '../support/service.ts'
import { until } from '../support/until.ts'

/** As whoever reads the mailbox sees it. */
export interface Mail {
  id: string
  to: string
  subject: string
  html: string
  /** Undefined: the mail has none. */
  link: string | undefined
  code: string | undefined
}

export interface MailedService {
  readonly app: FastifyInstance
  readonly address: string
  /** Oldest first. */
  mails (): Mail[]
  /** Waits for the next mail to this address that no earlier call has returned. */
  nextMail (to: string): Promise<Mail>
}

const SETTINGS = { HOST: 'localhost', ARGON2_MEMORY: '1024', ARGON2_TIME: '1', REGISTRATION: 'open' }

/** Registration is open, argon2 is at its cheapest, and the limits are those of a real service. */
export async function startMailedService (
  t: Test, database: Database, settings: Record<string, string> = {}, prepare = async (_app: FastifyInstance) => {}
): Promise<MailedService> {
  const port = await freePort()
  const address = `http://localhost:${port}`
  const config = loadConfig({ ...SETTINGS, PORT: String(port), ISSUER: address, SECRET_KEYS, ...settings })
  const dependencies = await openWithDatabase(config, database, createLog({ level: 'silent' }))
  const app = await buildApp(config, dependencies)
  await prepare(app)
  const sender = await startMailSender(config, dependencies)
  t.teardown(async () => {
    await app.close()
    await sender.close()
    await closeExceptDatabase(dependencies)
  })
  await app.listen({ port, host: 'localhost' })
  const read = new Set<string>()

  function mails (): Mail[] {
    return (dependencies.mail.inbox?.list() ?? []).map(({ id, to, subject, text, html }) => ({
      id, to, subject, html, link: /https?:\S+/.exec(text)?.[0], code: /\b\d{8}\b/.exec(text)?.[0]
    })).reverse()
  }

  return {
    app,
    address,
    mails,
    async nextMail (to) {
      const find = () => mails().find((mail) => mail.to === to && !read.has(mail.id))
      await until(() => find() !== undefined)
      const mail = find()
      if (mail === undefined) throw new Error(`there is no mail to ${to}`)
      read.add(mail.id)
      return mail
    }
  }
}
