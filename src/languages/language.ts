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
    second_factor_changed: MailText
    recovery_code_used: MailText
    second_factor_attempts: MailText
    passkey_copied: MailText
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

/** Texts of the pages that links in mails lead to, without markup. */
export interface PageTexts {
  /** For browsers without JavaScript, which the pages cannot do without. */
  noscript: string
  /** Labels. */
  email: string
  code: string
  password: string
  show_password: string
  /** `{minutes}` that a code lives. */
  code_hint: string
  /** `{min}` characters. */
  password_hint: string
  /** While a request is on its way. */
  busy: string
  /** Above the buttons that send another mail. */
  no_mail: string
  register: FormPageTexts & {
    /** Instead of the form, where registration is closed. */
    closed: string
  }
  reset: FormPageTexts
  invite: PageText & {
    /** The page without a link of an invitation, and of the link to the page that sends another one. */
    no_link: string
    ask_again: string
  }
  errors: PageErrors
}

interface PageText {
  title: string
  /** With a link from a mail: above the field for the password, and of the button. */
  choose: string
  choose_button: string
  done_title: string
  done: string
  /** The link is used, void or too old. */
  expired_title: string
  expired: string
}

interface FormPageTexts extends PageText {
  /** Without a link: above the field for the e-mail, and of the button. */
  ask: string
  ask_button: string
  sent_title: string
  /** `{email}` as it was typed. */
  sent: string
  /** Of the button that leads back to the field for the e-mail. */
  ask_again: string
}

interface PageErrors {
  no_email: string
  no_code: string
  /** The code, or its registration, is not valid. */
  wrong_code: string
  no_password: string
  /** `{min}` characters. */
  short_password: string
  /** `{max}` characters. */
  long_password: string
  common_password: string
  guessable_password: string
  /** Too weak for another reason. */
  weak_password: string
  /** `{wait}`: a duration such as "2 minutes", written as CLDR has it in the language. */
  too_many_attempts: string
  registration_closed: string
  /** The network, or no response in time. */
  unreachable: string
  /** Any other error. */
  failed: string
}
