// What the pages consist of: steps, of which `browser.ts` shows one at a time.
import { escapeHtml } from '../http/index.ts'
import type { Language } from '../languages/index.ts'
import { toButton, toField, toForm, toLink, toParagraph, toPasswordField, toStep } from './html.ts'

export type PageName = 'register' | 'reset' | 'invite'

export interface PageOptions {
  language: Language
  /** As users know the service. */
  appName: string
  /** In code points. */
  passwordMinLength: number
  registration: 'open' | 'closed'
}

/** The routes, relative to the pages. */
const ASK_PATHS = { register: '../register', reset: '../password-reset' }
const COMPLETE_PATHS = { register: '../register/complete', reset: '../password-reset/complete', invite: '../password-reset/complete' }

/** @returns the HTML of the body, without its script */
export function toBody (name: PageName, options: PageOptions): string {
  const { language: { pages }, appName, passwordMinLength } = options
  const texts = pages[name]
  const values: Readonly<Record<string, string>> = { app: appName, min: String(passwordMinLength) }
  const fill = (text: string) => text.replace(/\{(app|min)\}/g, (_match, key: string) => values[key] ?? '')
  const say = (text: string) => escapeHtml(fill(text))
  const errors = Object.fromEntries(Object.entries(pages.errors).map(([key, text]) => [key, fill(text)]))

  return `<main>
<p class="app">${escapeHtml(appName)}</p>
<noscript>
<h1>${say(texts.title)}</h1>
${toParagraph(say(pages.noscript))}
</noscript>
${[...name === 'invite' ? [toLostStep()] : toAskSteps(name), toChooseStep(), toDoneStep(), toExpiredStep()].join('\n')}
</main>
<script type="application/json" id="errors">${JSON.stringify(errors).replaceAll('<', '\\u003c')}</script>`

  /** Without a link: the form for the e-mail, and what follows it. */
  function toAskSteps (name: 'register' | 'reset'): string[] {
    const texts = pages[name]
    if (name === 'register' && options.registration === 'closed') {
      return [toStep('ask', say(texts.title), [toParagraph(say(pages.register.closed))])]
    }
    const email = toField({ id: 'email', name: 'email', label: say(pages.email), attributes: EMAIL_ATTRIBUTES[name] })
    const ask = { path: ASK_PATHS[name], success: 202, next: 'sent', fields: [email], button: say(texts.ask_button), busy: say(pages.busy) }
    return [
      toStep('ask', say(texts.title), [toParagraph(say(texts.ask)), toForm(ask)]),
      toStep('sent', say(texts.sent_title), [
        toParagraph(say(texts.sent).replace('{email}', '<strong data-value="email"></strong>')),
        ...name === 'register' ? [toCodeForm()] : [],
        toParagraph(say(pages.no_mail)),
        toButton(say(texts.ask_again), 'ask')
      ])
    ]
  }

  /** The code of the mail instead of its link: for mail on another device. */
  function toCodeForm (): string {
    const hint = say(pages.code_hint).replace('{minutes}', '<span data-value="minutes"></span>')
    return toForm({
      path: COMPLETE_PATHS.register,
      success: 201,
      next: 'done',
      fields: [
        // For password managers, which save the password with it.
        '<input type="text" autocomplete="username" data-value="email" readonly hidden>',
        toField({ id: 'code', name: 'code', label: say(pages.code), hint, attributes: CODE_ATTRIBUTES }),
        toNewPassword('code-password', 'password')
      ],
      button: say(texts.choose_button),
      busy: say(pages.busy)
    })
  }

  /** With a link. */
  function toChooseStep (): string {
    const isNew = name === 'register'
    return toStep('choose', say(texts.title), [toParagraph(say(texts.choose)), toForm({
      path: COMPLETE_PATHS[name],
      success: isNew ? 201 : 204,
      next: 'done',
      fields: [toNewPassword('password', isNew ? 'password' : 'new_password')],
      button: say(texts.choose_button),
      busy: say(pages.busy)
    })])
  }

  function toNewPassword (id: string, name: string): string {
    const [label, hint, show] = [say(pages.password), say(pages.password_hint), say(pages.show_password)]
    return toPasswordField({ id, name, label, hint, show, minLength: passwordMinLength })
  }

  function toDoneStep (): string {
    return toStep('done', say(texts.done_title), [toParagraph(say(texts.done))])
  }

  function toExpiredStep (): string {
    const again = name === 'invite' ? toResetLink() : toButton(say(pages[name].ask_again), 'ask')
    return toStep('expired', say(texts.expired_title), [toParagraph(say(texts.expired)), again])
  }

  /** Nobody can ask for an invitation; but an account that has one has an address. */
  function toLostStep (): string {
    return toStep('ask', say(texts.title), [toParagraph(say(pages.invite.no_link)), toResetLink()])
  }

  function toResetLink (): string {
    return toLink(say(pages.invite.ask_again), 'reset')
  }
}

// No type="email": browsers would convert a domain in Unicode to another spelling than the user's.
const EMAIL_KEYBOARD = 'type="text" inputmode="email" autocapitalize="none" spellcheck="false"'
const EMAIL_ATTRIBUTES = {
  register: `${EMAIL_KEYBOARD} autocomplete="email"`,
  reset: `${EMAIL_KEYBOARD} autocomplete="username"`
}
const CODE_ATTRIBUTES = 'type="text" inputmode="numeric" autocomplete="one-time-code" autocapitalize="none" spellcheck="false"'
