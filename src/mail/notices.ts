import { findUser } from '../accounts/index.ts'
import type { Queryable } from '../database/index.ts'
import type { DueMail, MailContent, ResolveMail } from './content.ts'
import { NOTICES, type Notice } from './purposes.ts'

/**
 * Resolves notices, and leaves all other mails to those who open proofs.
 *
 * @param db reads the user when the mail is sent
 * @param resolveProof of the mails with a link or a code
 */
export function createResolver (db: Queryable, resolveProof: ResolveMail): ResolveMail {
  return async (mail) => {
    const notice = NOTICES.find((name) => name === mail.purpose)
    return notice === undefined ? resolveProof(mail) : resolveNotice(db, mail, notice)
  }
}

/** @returns undefined if the user is gone */
async function resolveNotice (db: Queryable, { address, userId }: DueMail, template: Notice): Promise<MailContent | undefined> {
  const user = userId === undefined ? undefined : await findUser(db, userId)
  return user && { to: address?.display ?? user.email, template }
}
