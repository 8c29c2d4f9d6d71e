// Setting up an authenticator app or a passkey: in the account, or before the first login where the service asks for it.
import { ask } from './dialogs.js'
import { drawQrCode } from './qr.js'
import { AWAY, isPasskeyError, toSentence } from './sentences.js'
import { UnavailableError } from 'gatepass/client'
import { element, make, nameOf, showError, showNote } from './view.js'

/** @typedef {import('gatepass/client').EnrolmentMethods} EnrolmentMethods */
/** @typedef {import('./proof.js').WithStepUp} WithStepUp */

/**
 * Sets up an authenticator app, and shows the recovery codes.
 *
 * @param {EnrolmentMethods} client
 * @param {WithStepUp} withStepUp
 * @returns {Promise<boolean>} whether it is on
 */
export async function setUpApp (client, withStepUp) {
  let offer = { secret: '', otpauthUri: '' }
  if (!await withStepUp(async () => { offer = await client.startTotp() })) return false
  /** @type {readonly string[]} */
  let codes = []
  drawQrCode(element('qr'), offer.otpauthUri)
  element('app-secret').textContent = offer.secret.replace(/.{4}(?=.)/g, '$& ')
  element('app-link').setAttribute('href', offer.otpauthUri)
  element('app-copy').onclick = () => copy(offer.secret, 'app-note')
  const isOn = await askForInput('app', 'app-code', async (fields) => {
    const code = String(fields.get('code')).replaceAll(' ', '')
    if (!await withStepUp(async () => { codes = await client.confirmTotp(code) })) throw new Error('once more')
  })
  // Nobody who comes to this computer later is to find it.
  element('qr').replaceChildren()
  element('app-secret').textContent = ''
  element('app-link').setAttribute('href', '#')
  if (isOn && codes.length > 0) await showRecoveryCodes(codes)
  return isOn
}

/** @param {readonly string[]} codes shown once */
export async function showRecoveryCodes (codes) {
  const text = `${codes.join('\n')}\n`
  const download = /** @type {HTMLAnchorElement} */ (element('codes-download'))
  element('codes-list').replaceChildren(...codes.map((code) => {
    const item = make('li', {}, '')
    item.append(make('code', {}, code))
    return item
  }))
  showNote('codes-note', '')
  download.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  element('codes-copy').onclick = () => copy(text, 'codes-note')
  element('codes-print').onclick = () => window.print()
  await ask('codes')
  URL.revokeObjectURL(download.href)
  element('codes-list').replaceChildren()
  const form = /** @type {HTMLFormElement} */ (element('codes').querySelector('form'))
  form.reset()
}

/**
 * Makes a passkey: the browser asks, too.
 *
 * @param {EnrolmentMethods} client
 * @param {WithStepUp} withStepUp
 * @returns {Promise<boolean>} whether there is one
 */
export function addPasskey (client, withStepUp) {
  return askForName(nameOf(navigator.userAgent), withStepUp, (name) => client.registerPasskey(name))
}

/**
 * @param {string} name that is offered
 * @param {WithStepUp} withStepUp
 * @param {(name: string) => Promise<unknown>} use
 */
export function askForName (name, withStepUp, use) {
  const field = /** @type {HTMLInputElement} */ (element('passkey-name'))
  field.value = name
  return askForInput('name', 'passkey-name', async (fields) => {
    if (!await withStepUp(() => use(String(fields.get('name')).trim()))) throw new Error('once more')
  })
}

/**
 * A dialog that says what was wrong, and stays open.
 *
 * @param {'app' | 'name'} id
 * @param {string} field
 * @param {(fields: FormData) => Promise<void>} use
 */
async function askForInput (id, field, use) {
  const error = `${id}-error`
  showError(error, '', [field])
  const isDone = await ask(id, async (fields) => {
    showError(error, '', [field])
    try {
      await use(fields)
    } catch (fault) {
      if (!(fault instanceof Error && fault.message === 'once more')) {
        showError(error, fault instanceof UnavailableError ? AWAY : toSentence(fault), isPasskeyError(fault) ? [] : [field])
      }
      throw fault
    }
  })
  const form = /** @type {HTMLFormElement} */ (element(id).querySelector('form'))
  form.reset()
  return isDone
}

/**
 * @param {string} text
 * @param {string} note that says so
 */
async function copy (text, note) {
  try {
    await navigator.clipboard.writeText(text)
    showNote(note, 'Copied.')
  } catch {
    showNote(note, 'Your browser does not allow it: mark the text, and copy it.')
  }
}
