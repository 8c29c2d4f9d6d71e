// What people do with their own account: prove or change its address, and delete it.
import { UnavailableError } from 'gatepass/client'
import { askWhetherSure } from './dialogs.js'
import { AWAY, toSentence } from './sentences.js'
import { element, focusOn, readField, showError, showNote, showVisitor } from './view.js'

const GONE = { heading: 'Delete your account?', hint: 'It cannot be brought back, and you are logged out everywhere.', yes: 'Delete it' }

/**
 * @param {import('gatepass/client').Client} client
 * @param {import('./proof.js').WithStepUp} withStepUp
 */
export function startAccount (client, withStepUp) {
  let isVerified = false
  /**
   * Uses the code of a mail; false when the person does not want to go on.
   *
   * @type {((code: string) => Promise<boolean>) | undefined}
   */
  let confirm

  element('verify').addEventListener('click', () => attempt(async () => {
    const { handle } = await client.requestEmailVerification()
    askForCode('We have sent a mail with a code to your address.', async (code) => {
      await client.confirmEmailVerification({ handle, code })
      return true
    })
  }))
  element('email-form').addEventListener('submit', (event) => {
    event.preventDefault()
    const email = readField('email-form', 'email')
    attempt(async () => {
      let handle = ''
      if (!await withStepUp(async () => { ({ handle } = await client.changeEmail(email)) })) return
      const note = `We have sent a mail with a code to ${email}. Until you type it, nothing changes.`
      askForCode(note, (code) => withStepUp(() => client.confirmEmail({ handle, code })))
    }, ['new-email'])
  })
  element('code-form').addEventListener('submit', (event) => {
    event.preventDefault()
    attempt(async () => {
      if (confirm === undefined || !await confirm(readField('code-form', 'code'))) return
      await load()
      showNote('account-note', 'Thank you. This is the address of your account.')
      focusOn('account-heading')
    }, ['code'])
  })
  element('code-cancel').addEventListener('click', () => showCodeForm(undefined))
  element('delete').addEventListener('click', () => attempt(async () => {
    if (await askWhetherSure(GONE) && await withStepUp(client.deleteAccount)) showVisitor('Your account is deleted.')
  }))

  return { load }

  async function load () {
    const { email, email_verified_at: verifiedAt } = await client.ask('GET', '/account')
    isVerified = verifiedAt !== null
    element('account-email').textContent = email
    element('account-state').textContent = isVerified ? 'is confirmed.' : 'is not confirmed yet.'
    showCodeForm(undefined)
  }

  /**
   * @param {string} note
   * @param {(code: string) => Promise<boolean>} use
   */
  function askForCode (note, use) {
    showCodeForm(use)
    showNote('account-note', note)
    focusOn('code')
  }

  /** @param {((code: string) => Promise<boolean>) | undefined} use undefined: no code is asked for */
  function showCodeForm (use) {
    confirm = use
    showNote('account-note', '')
    const form = /** @type {HTMLFormElement} */ (element('code-form'))
    form.reset()
    form.hidden = use === undefined
    element('email-form').hidden = use !== undefined
    element('verify').hidden = use !== undefined || isVerified
  }
}

/**
 * @param {() => Promise<unknown>} work
 * @param {readonly string[]} [fields] that may be wrong
 */
async function attempt (work, fields = []) {
  showError('account-error', '', fields)
  try {
    await work()
  } catch (error) {
    showError('account-error', error instanceof UnavailableError ? AWAY : toSentence(error), fields)
  }
}
