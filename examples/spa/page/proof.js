// Asks who it is, where the service wants a recent or a stronger proof, and then goes on.
import { isPasskeySupported, ProblemError, StepUpNeededError, UnavailableError } from 'gatepass/client'
import { ask } from './dialogs.js'
import { isPasskeyError, toSentence } from './sentences.js'
import { element, showError } from './view.js'

/**
 * Repeats a request after a step-up; false when the person does not want to go on.
 *
 * @typedef {(request: () => Promise<unknown>) => Promise<boolean>} WithStepUp
 */

const FIELDS = ['proof-password', 'proof-code']

/** @param {import('gatepass/client').Client} client */
export function createStepUp (client) {
  let needsCode = false
  let hasPasskey = false

  return {
    withStepUp,
    /** @param {import('gatepass/client').Security} security what the user may be asked for */
    setFactors ({ required, totp, passkeys }) {
      needsCode = required && totp
      hasPasskey = passkeys.length > 0
    }
  }

  /** @type {WithStepUp} */
  async function withStepUp (request) {
    for (;;) {
      try {
        await request()
        return true
      } catch (error) {
        if (!(error instanceof StepUpNeededError)) throw error
      }
      if (!await prove()) return false
    }
  }

  /** @returns {Promise<boolean>} false when the person does not want to go on */
  async function prove () {
    const form = /** @type {HTMLFormElement} */ (element('proof').querySelector('form'))
    const byPasskey = element('proof-passkey')
    /** @type {unknown} */
    let fault
    form.reset()
    showError('proof-error', '', FIELDS)
    showFields()
    byPasskey.onclick = async () => {
      if (await attempt(() => client.stepUp({ passkey: true }))) close('yes')
    }
    const goesOn = await ask('proof', async (fields) => {
      const password = String(fields.get('password'))
      if (!await attempt(() => client.stepUp({ password, ...toFactor(String(fields.get('code'))) }))) throw new Error('once more')
    })
    form.reset()
    if (fault !== undefined) throw fault
    return goesOn

    /** @param {() => Promise<void>} work */
    async function attempt (work) {
      showError('proof-error', '', FIELDS)
      try {
        await work()
        return true
      } catch (error) {
        if (!isMendable(error)) {
          fault = error
          close('')
        } else if (error instanceof StepUpNeededError) {
          needsCode = error.methods?.some((method) => method !== 'passkey') === true
          hasPasskey = error.methods?.includes('passkey') === true
          showFields()
          showError('proof-error', 'Your password is right. Now a second factor, too.', needsCode ? ['proof-code'] : [])
        } else {
          showError('proof-error', toSentence(error), toFields(error))
        }
        return false
      }
    }
  }

  /** @param {string} result */
  function close (result) {
    const dialog = /** @type {HTMLDialogElement} */ (element('proof'))
    dialog.close(result)
  }

  function showFields () {
    element('proof-code-field').hidden = !needsCode
    element('proof-code').toggleAttribute('required', needsCode)
    element('proof-passkey').hidden = !hasPasskey || !isPasskeySupported()
  }
}

/** @param {string} text as it is typed: six digits, or a recovery code */
function toFactor (text) {
  const code = text.replaceAll(' ', '')
  if (code === '') return {}
  return /^\d{6}$/.test(code) ? { totp: code } : { recoveryCode: code }
}

/** @param {unknown} error */
function isMendable (error) {
  return !(error instanceof UnavailableError) && !(error instanceof ProblemError && error.status === 401)
}

/** @param {unknown} error */
function toFields (error) {
  if (isPasskeyError(error)) return []
  const code = error instanceof ProblemError ? error.code : ''
  return code === 'wrong_password' ? ['proof-password'] : code === 'wrong_passkey' ? [] : ['proof-code']
}
