// The ways into the account: an authenticator app, passkeys, recovery codes, and whether each login needs one of them.
import { isPasskeySupported, UnavailableError } from 'gatepass/client'
import { askWhetherSure } from './dialogs.js'
import { AWAY, toSentence } from './sentences.js'
import { addPasskey, askForName, setUpApp, showRecoveryCodes } from './setup.js'
import { day, element, focusOn, make, showError, showNote } from './view.js'

/**
 * @param {import('gatepass/client').Client} client
 * @param {ReturnType<typeof import('./proof.js').createStepUp>} stepUp
 */
export function startSecurity (client, { withStepUp, setFactors }) {
  const required = /** @type {HTMLInputElement} */ (element('required'))
  let isRequired = false

  onClick('totp-start', async () => await setUpApp(client, withStepUp) && 'Your authenticator app is on. Other sessions have ended.')
  onClick('totp-remove', async () => {
    const sure = { heading: 'Remove the app?', hint: 'Its codes do nothing any more.', yes: 'Remove it' }
    return await askWhetherSure(sure) && await withStepUp(client.removeTotp) && 'The app is removed.'
  })
  onClick('passkey-add', async () => await addPasskey(client, withStepUp) && 'The passkey is added.')
  onClick('codes-renew', async () => {
    /** @type {readonly string[]} */
    let codes = []
    const sure = { heading: 'Make new recovery codes?', hint: 'Those that you have do nothing any more.', yes: 'Make them' }
    if (!await askWhetherSure(sure) || !await withStepUp(async () => { codes = await client.renewRecoveryCodes() })) return false
    await showRecoveryCodes(codes)
    return 'Your new recovery codes count.'
  })
  required.addEventListener('change', () => change(async () => {
    const { checked } = required
    const isDone = await withStepUp(() => client.requireSecondFactor(checked))
    return isDone && (checked ? 'Each login asks for a second factor.' : 'A login asks for the password only.')
  }, 'required'))

  return {
    load,
    /** Of another user: nothing is to be seen or pressed before it is loaded. */
    reset () { element('security').hidden = true }
  }

  async function load () {
    const security = await client.security()
    setFactors(security)
    const { totp, passkeys, recoveryCodesLeft, rpId } = security
    isRequired = security.required
    required.checked = isRequired
    element('security-state').textContent = isRequired
      ? 'Your password alone lets nobody in.'
      : 'Whoever has your password can log in. A second factor prevents that.'
    element('totp-state').textContent = totp ? 'It is on.' : 'It shows a new code every 30 seconds.'
    element('totp-start').textContent = totp ? 'Set up another app' : 'Set up an app'
    element('totp-remove').hidden = !totp
    element('passkey-add').hidden = !isPasskeySupported()
    element('passkeys').replaceChildren(...passkeys.map((passkey) => toItem(passkey, passkey.rpId === rpId)))
    const left = recoveryCodesLeft === 1 ? 'One is left.' : `${recoveryCodesLeft} are left.`
    element('codes-state').textContent = totp || passkeys.length > 0 ? left : 'You get them with the first second factor.'
    element('codes-renew').hidden = !totp && passkeys.length === 0
    element('security').hidden = false
  }

  /**
   * @param {import('gatepass/client').Passkey} passkey
   * @param {boolean} isUsable whether it was made for this domain
   */
  function toItem ({ id, name, createdAt, lastUsedOn, backedUp }, isUsable) {
    const used = lastUsedOn === null ? 'never used' : `last used on ${day.format(new Date(lastUsedOn))}`
    const facts = [`Since ${day.format(new Date(createdAt))}, ${used}`, backedUp ? 'on all your devices' : 'on one device']
    const text = make('div', {}, '')
    text.append(make('p', { className: 'name' }, name), make('p', { className: 'facts' }, `${facts.join('; ')}`))
    if (!isUsable) text.append(make('p', { className: 'facts' }, 'It is for another address of this service, and works there only.'))
    const actions = make('p', { className: 'actions' }, '')
    actions.append(toButton('Rename', name, async () => {
      return await askForName(name, withStepUp, (next) => client.renamePasskey(id, next)) && 'Renamed.'
    }))
    actions.append(toButton('Delete', name, async () => {
      const sure = { heading: `Delete ${name}?`, hint: 'Nobody can log in with this passkey any more.', yes: 'Delete it' }
      return await askWhetherSure(sure) && await withStepUp(() => client.removePasskey(id)) && `${name} is deleted.`
    }))
    const item = make('li', {}, '')
    item.append(text, actions)
    return item
  }

  /**
   * @param {string} label
   * @param {string} name
   * @param {() => Promise<string | false>} work
   */
  function toButton (label, name, work) {
    const button = make('button', { type: 'button' }, label)
    button.setAttribute('aria-label', `${label} ${name}`)
    button.addEventListener('click', () => change(work))
    return button
  }

  /**
   * @param {string} id
   * @param {() => Promise<string | false>} work
   */
  function onClick (id, work) {
    element(id).addEventListener('click', () => change(work))
  }

  /**
   * Changes something, says so, and shows what counts now.
   *
   * @param {() => Promise<string | false>} work false when the person does not want to go on
   * @param {string} [focus] where the keyboard goes on
   */
  async function change (work, focus = 'security-heading') {
    showError('security-error', '')
    showNote('security-note', '')
    try {
      const note = await work()
      if (note === false) return
      await load()
      showNote('security-note', note)
      focusOn(focus)
    } catch (error) {
      showError('security-error', error instanceof UnavailableError ? AWAY : toSentence(error))
    } finally {
      required.checked = isRequired
    }
  }
}
