import { findMailbox, type Email, type Mailbox, type ProofPurpose } from '../accounts/index.ts'
import type { Database } from '../database/index.ts'
import type { DueMail, MailContent, MailPurpose, ResolveMail } from '../mail/index.ts'
import { createProofSecrets } from './proof-secrets.ts'
import { openProof } from './proof-store.ts'

interface MailResolverOptions {
  database: Pick<Database, 'kysely'>
  secretKeys: readonly Buffer[]
  /** Our origin. */
  issuer: string
  /** Where links lead: a page of the team; undefined: our own pages. */
  linkUrl: string | undefined
  registration: 'open' | 'closed'
}

/** Whom a proof is of; undefined where nobody has the address. */
interface Asked {
  email: Email
  userId?: string
}

/** What a mail has for its reader: a link to this page, where a password is typed; a code; or both. */
const MEANS: Readonly<Record<ProofPurpose, { page?: string, hasCode: boolean }>> = {
  registration: { page: 'register', hasCode: true },
  password_reset: { page: 'reset', hasCode: false },
  invitation: { page: 'invite', hasCode: false },
  email_verification: { hasCode: true },
  email_change: { hasCode: true }
}

/**
 * Decides what each mail says, and to whom, when it is sent: only here is looked whether an address has a user, and only now is the proof
 * made.
 *
 * @returns mail -> content; undefined for a mail that is not to be sent: nobody is there, or the mail is void. It throws for a purpose of
 *   another version of the service
 */
export function createMailResolver (options: MailResolverOptions): ResolveMail {
  const { database: { kysely: db }, registration } = options
  const secrets = createProofSecrets(options)
  const toLink = createLinks(options)

  const resolvers: Readonly<Record<MailPurpose, ResolveMail>> = {
    async registration (mail) {
      const { address } = mail
      if (registration === 'closed' || address === undefined) return undefined
      const user = await findMailbox(db, { normalizedEmail: address.normalized })
      if (user?.isDisabled === true) return undefined
      if (user?.isProved === true) return { to: user.email.display, template: 'account_exists' }
      // Somebody else may have made this account. Then only its own spelling is proved: a similar one may be another mailbox.
      return ask(mail, 'registration', { email: user?.email ?? address })
    },
    password_reset: (mail) => askUser(mail, 'password_reset'),
    invitation: (mail) => askUser(mail, 'invitation'),
    email_verification: (mail) => askUser(mail, 'email_verification'),
    async email_change (mail) {
      const { address: email, userId } = mail
      const user = await findUser(mail)
      if (email === undefined || user === undefined || user.isDisabled) return undefined
      const holder = await findMailbox(db, { normalizedEmail: email.normalized })
      if (holder === undefined || holder.userId === userId) return ask(mail, 'email_change', { email, userId: user.userId })
      return holder.isDisabled ? undefined : { to: holder.email.display, template: 'account_exists' }
    },
    password_changed: (mail) => tell(mail, 'password_changed'),
    email_changed: (mail) => tell(mail, 'email_changed'),
    refresh_reuse: (mail) => tell(mail, 'refresh_reuse'),
    second_factor_changed: (mail) => tell(mail, 'second_factor_changed'),
    recovery_code_used: (mail) => tell(mail, 'recovery_code_used'),
    second_factor_attempts: (mail) => tell(mail, 'second_factor_attempts'),
    passkey_copied: (mail) => tell(mail, 'passkey_copied')
  }

  /** Where an open route asked for the mail, only the address is known. */
  async function findUser ({ userId, address }: DueMail): Promise<Mailbox | undefined> {
    if (userId !== undefined) return findMailbox(db, { userId })
    return address && findMailbox(db, { normalizedEmail: address.normalized })
  }

  async function askUser (mail: DueMail, purpose: ProofPurpose): Promise<MailContent | undefined> {
    const user = await findUser(mail)
    return user === undefined || user.isDisabled ? undefined : ask(mail, purpose, user)
  }

  async function ask ({ id, attempts }: DueMail, purpose: ProofPurpose, { email, userId }: Asked): Promise<MailContent | undefined> {
    if (!await openProof(db, { id, purpose, attempts, userId, email })) return undefined
    const { page, hasCode } = MEANS[purpose]
    return {
      to: email.display,
      template: purpose,
      ...(page !== undefined && { link: toLink(page, secrets.toToken({ id, purpose })) }),
      ...(hasCode && { code: secrets.toCode({ id, purpose }) })
    }
  }

  /** A notice to an address of its own is sent, even if the user is deleted by now. */
  async function tell ({ userId, address }: DueMail, template: MailContent['template']): Promise<MailContent | undefined> {
    if (address !== undefined) return { to: address.display, template }
    const user = userId === undefined ? undefined : await findMailbox(db, { userId })
    return user && { to: user.email.display, template }
  }

  function isKnown (purpose: string): purpose is MailPurpose {
    return Object.hasOwn(resolvers, purpose)
  }

  return async function resolveMail (mail) {
    if (!isKnown(mail.purpose)) throw new Error(`mails of purpose ${mail.purpose} are of another version of the service`)
    return resolvers[mail.purpose](mail)
  }
}

/** The token is in the fragment, which browsers send to no server. */
function createLinks ({ issuer, linkUrl }: Pick<MailResolverOptions, 'issuer' | 'linkUrl'>): (page: string, token: string) => string {
  return linkUrl === undefined
    ? (page, token) => `${issuer}/auth/pages/${page}#token=${token}`
    : (page, token) => `${linkUrl}?purpose=${page}#token=${token}`
}
