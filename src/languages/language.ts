/** The texts of one language: those of mails, and of the pages that links in mails lead to. `{app}` is APP_NAME. */
export interface Language {
  /** BCP 47, for `lang`. */
  code: string
  mails: {
    registration: MailText
    account_exists: MailText
    password_reset: MailText
    invitation: MailText
    email_verification: MailText
    email_change: MailText
    password_changed: MailText
    email_changed: MailText
    refresh_reuse: MailText
  }
  pages: PageTexts
}

/** Text of a mail, without markup. Beside `{app}`: `{hours}` or `{days}` that a link, `{minutes}` that a code lives. */
export interface MailText {
  subject: string
  /** Paragraphs before the link or the code. */
  before: readonly string[]
  /** Of the link. */
  button?: string
  /** Paragraphs after the link or the code. */
  after: readonly string[]
}

/** By name. */
export type PageTexts = Readonly<Record<string, string>>
