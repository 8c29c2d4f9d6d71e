// What people do before they are logged in: register, ask for a new password, and follow the link of a mail to this page (LINK_URL).
import { ProblemError, UnavailableError } from 'gatepass/client'
import { AWAY, toSentence } from './sentences.js'
import { element, focusOn, readField, readPassword, show, showError, showNote, showVisitor } from './view.js'

/**
 * What the person has to choose a password with: the link of a mail, or a registration, whose code is typed.
 *
 * @typedef {{ purpose: string, token: string } | { registration: string }} Invitation
 */

const FIELDS = { register: ['register-email'], forgot: ['forgot-email'], choose: ['choose-code', 'choose-password'] }

/**
 * @param {import('gatepass/client').Client} client
 * @param {(email: string, password: string) => Promise<void>} logIn
 */
export function startVisitor (client, logIn) {
  /** @type {Invitation | undefined} */
  let invitation

  element('to-register').addEventListener('click', () => open('register'))
  element('to-forgot').addEventListener('click', () => open('forgot'))
  for (const button of document.querySelectorAll('.back')) button.addEventListener('click', onBack)
  onSubmit('register', async () => {
    const email = readField('register-form', 'email')
    const { registration } = await client.register(email)
    choose({ registration }, `We have sent a mail to ${email}. Use its link, or type its code here.`)
  })
  onSubmit('forgot', async () => {
    const email = readField('forgot-form', 'email')
    await client.requestPasswordReset(email)
    // The same for every address: nobody learns here who has an account.
    showNote('forgot-note', `If there is an account with ${email}, a mail with a link is on its way.`)
  })
  onSubmit('choose', onChoose)

  const link = takeLink()
  if (link !== undefined) choose(link, link.purpose === 'reset' ? 'You are then logged out everywhere.' : 'Then your account is ready.')

  return { isChoosing: () => invitation !== undefined }

  async function onChoose () {
    const password = readPassword('choose-form')
    if (invitation === undefined) return
    if ('token' in invitation && invitation.purpose !== 'register') {
      await client.resetPassword({ token: invitation.token, newPassword: password })
      invitation = undefined
      // If it was the user of this page, the session has ended already.
      await client.logout().catch(() => {})
      showVisitor('Your new password counts. Log in with it.')
      return
    }
    const proof = 'token' in invitation
      ? { token: invitation.token }
      : { registration: invitation.registration, code: readField('choose-form', 'code') }
    const { email } = await client.completeRegistration({ ...proof, password })
    invitation = undefined
    showVisitor('Your account is ready. Log in with it.')
    await logIn(email, password)
  }

  function onBack () {
    invitation = undefined
    // Somebody was logged in before the link of a mail was followed.
    if (client.currentUser() !== undefined) window.location.reload()
    showVisitor('')
    focusOn('login-heading')
  }

  /** @param {'register' | 'forgot' | 'choose'} id */
  function open (id) {
    show(id)
    focusOn(`${id}-heading`)
  }

  /**
   * @param {Invitation} given
   * @param {string} hint
   */
  function choose (given, hint) {
    invitation = given
    const needsCode = 'registration' in given
    element('choose-hint').textContent = hint
    element('choose-code-field').hidden = !needsCode
    element('choose-code').toggleAttribute('required', needsCode)
    open('choose')
  }
}

/**
 * @param {'register' | 'forgot' | 'choose'} id
 * @param {() => Promise<unknown>} work
 */
function onSubmit (id, work) {
  element(`${id}-form`).addEventListener('submit', async (event) => {
    event.preventDefault()
    showError(`${id}-error`, '', FIELDS[id])
    try {
      await work()
    } catch (error) {
      const isWeak = error instanceof ProblemError && error.code === 'weak_password'
      const fields = isWeak ? ['choose-password'] : FIELDS[id].filter((field) => element(field).offsetParent !== null)
      showError(`${id}-error`, error instanceof UnavailableError ? AWAY : toSentence(error), fields)
    }
  })
}

/** Takes the token out of the address, so that it stays in no history and no bookmark. */
function takeLink () {
  const { pathname, search, hash } = window.location
  const purpose = new URLSearchParams(search).get('purpose')
  const token = new URLSearchParams(hash.slice(1)).get('token')
  if (purpose === null || token === null) return undefined
  window.history.replaceState(null, '', pathname)
  return { purpose, token }
}
