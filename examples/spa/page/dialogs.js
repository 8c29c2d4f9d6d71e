// Dialogs: each asks for one thing, and gives the focus back to where it was.
import { element } from './view.js'

/**
 * @param {string} id
 * @param {(form: FormData) => Promise<void> | void} [onSubmit] may refuse by throwing: the dialog stays open
 * @returns {Promise<boolean>} false when the person does not want to go on
 */
export function ask (id, onSubmit = () => {}) {
  const dialog = /** @type {HTMLDialogElement} */ (element(id))
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector('form'))
  const cancel = /** @type {HTMLButtonElement | null} */ (dialog.querySelector('.cancel'))
  return new Promise((resolve) => {
    dialog.returnValue = ''
    dialog.onclose = () => resolve(dialog.returnValue === 'yes')
    dialog.onsubmit = async (event) => {
      event.preventDefault()
      try {
        await onSubmit(new FormData(form))
        dialog.close('yes')
      } catch {}
    }
    if (cancel !== null) cancel.onclick = () => dialog.close()
    dialog.showModal()
  })
}

/**
 * Asks before something is gone.
 *
 * @param {{ heading: string, hint: string, yes: string }} texts
 */
export function askWhetherSure ({ heading, hint, yes }) {
  element('sure-heading').textContent = heading
  element('sure-hint').textContent = hint
  element('sure-yes').textContent = yes
  return ask('sure')
}
