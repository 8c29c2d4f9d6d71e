// What the mails of the modules say, and what is wrong with every wrong code.
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../../src/database/index.ts'
import { deliver } from '../../support/mails.ts'
import { requestAs, SECRET_KEY, type TestUser } from './modules-app.ts'

export const WRONG_CODE = {
  type: '/problems/wrong-code',
  title: 'Forbidden',
  status: 403,
  detail: 'The code is wrong, or not valid any more.',
  code: 'wrong_code'
}

/** Sends what is due. @returns whom each mail is for, what it is, and its code */
export const send = (database: Database) => deliver(database, { secretKeys: [SECRET_KEY] })

/** Asks for a change of the e-mail. @returns the body of its confirmation */
export async function ask (app: FastifyInstance, database: Database, user: TestUser, email: string) {
  const reply = await requestAs(app, user)('POST', '/account/email', { email })
  const mail = (await send(database)).find(({ template }) => template === 'email_change')
  return { handle: String(reply.json().handle), code: mail?.code ?? '' }
}
