// Logging in: with a password and, where it is asked for, a second step; or with a passkey, by a button or in the field for the address.
import {
  EnrolmentNeededError, isAutofillSupported, isPasskeySupported, ProblemError, SecondFactorNeededError, UnavailableError
} from 'gatepass/client'
import { AWAY, isPasskeyError, toSentence } from './sentences.js'
import { addPasskey, setUpApp } from './setup.js'
import { element, focusOn, readField, readPassword, show, showError, showVisitor } from './view.js'

const LOGIN_FIELDS = ['email', 'password']
const STEP_FIELDS = ['step-code', 'step-recovery']

/** @param {import('gatepass/client').Client} client */
export function startLogin (client) {
  /** @type {SecondFactorNeededError | undefined} */
  let needed
  /** @type {import('gatepass/client').EnrolmentMethods | undefined} */
  let enrolment
  /** @type {AbortController | undefined} */
  let autofill
  let expiry = 0

  element('login').addEventListener('submit', (event) => {
    event.preventDefault()
    attempt(() => logIn(readField('login', 'email'), readPassword('login')), 'login-error', LOGIN_FIELDS)
  })
  element('passkey-login').hidden = !isPasskeySupported()
  element('passkey-login').addEventListener('click', async () => {
    await attempt(async () => { await client.loginWithPasskey(); focusOn('me-heading') }, 'login-error')
    if (client.currentUser() === undefined) offerPasskeys()
  })
  onStep('totp-step', 'step-code', (code) => ({ totp: code.replaceAll(' ', '') }))
  onStep('recovery-step', 'step-recovery', (recoveryCode) => ({ recoveryCode }))
  element('passkey-step').addEventListener('click', () => give(({ passkeyOptions = {} }) => ({ passkey: passkeyOptions })))
  element('to-totp').addEventListener('click', () => showStep('totp'))
  element('to-recovery').addEventListener('click', () => showStep('recovery_code'))
  element('enrol-totp').addEventListener('click', () => enrol(setUpApp, 'Your authenticator app is on. Log in again, with its next code.'))
  element('enrol-passkey').hidden = !isPasskeySupported()
  element('enrol-passkey').addEventListener('click', () => enrol(addPasskey, 'Your passkey is ready. Log in with it.'))

  return { logIn, offerPasskeys, stop }

  /**
   * @param {string} email
   * @param {string} password
   */
  async function logIn (email, password) {
    try {
      await client.login(email, password)
      focusOn('me-heading')
    } catch (error) {
      if (error instanceof SecondFactorNeededError) startSecondStep(error)
      else if (error instanceof EnrolmentNeededError) startEnrolment(error)
      else throw error
    }
  }

  /** Passkeys are offered in the field for the address, for as long as nobody is logged in. */
  async function offerPasskeys () {
    if (autofill !== undefined) return
    const offer = autofill = new AbortController()
    try {
      if (!await isAutofillSupported()) return
      await client.loginWithPasskey({ autofill: true, signal: offer.signal })
      focusOn('me-heading')
    } catch (error) {
      // The service does not answer, or the person has chosen another way: then there is the button.
      if (error instanceof ProblemError) showError('login-error', toSentence(error))
    } finally {
      if (autofill === offer) autofill = undefined
    }
  }

  /** Somebody is logged in, or begins again. */
  function stop () {
    autofill?.abort()
    autofill = undefined
    window.clearTimeout(expiry)
    needed = undefined
    enrolment = undefined
  }

  /** @param {SecondFactorNeededError} error */
  function startSecondStep (error) {
    needed = error
    restartAfter(error.expiresInSeconds)
    show('second-step')
    showStep(error.methods.includes('totp') || !error.methods.includes('passkey') ? 'totp' : 'passkey')
    if (!error.methods.includes('totp')) focusOn('second-step-heading')
  }

  /** @param {'totp' | 'recovery_code' | 'passkey'} way */
  function showStep (way) {
    const methods = needed?.methods ?? []
    showError('second-step-error', '', STEP_FIELDS)
    element('totp-step').hidden = way !== 'totp' || !methods.includes('totp')
    element('recovery-step').hidden = way !== 'recovery_code'
    element('passkey-step').hidden = !methods.includes('passkey') || !isPasskeySupported()
    element('to-totp').hidden = way === 'totp' || !methods.includes('totp')
    element('to-recovery').hidden = way === 'recovery_code' || !methods.includes('recovery_code')
    if (way !== 'passkey') focusOn(way === 'totp' ? 'step-code' : 'step-recovery')
  }

  /**
   * @param {string} form
   * @param {string} field
   * @param {(code: string) => import('gatepass/client').SecondFactor} toFactor
   */
  function onStep (form, field, toFactor) {
    element(form).addEventListener('submit', (event) => {
      event.preventDefault()
      give(() => toFactor(readField(form, 'code')), [field])
    })
  }

  /**
   * @param {(needed: SecondFactorNeededError) => import('gatepass/client').SecondFactor} toFactor
   * @param {readonly string[]} fields
   */
  async function give (toFactor, fields = []) {
    await attempt(async () => {
      if (needed === undefined) return
      try {
        await client.secondFactor({ challenge: needed.challenge, ...toFactor(needed) })
        focusOn('me-heading')
      } catch (error) {
        if (!(error instanceof ProblemError && error.code === 'invalid_challenge')) throw error
        restart('That took too long. Log in again.')
      }
    }, 'second-step-error', fields)
  }

  /** @param {EnrolmentNeededError} error */
  function startEnrolment ({ accessToken, expiresInSeconds }) {
    enrolment = client.enrol(accessToken)
    restartAfter(expiresInSeconds)
    show('enrol')
    focusOn('enrol-heading')
  }

  /**
   * @param {typeof setUpApp} setUp
   * @param {string} note
   */
  async function enrol (setUp, note) {
    await attempt(async () => {
      if (enrolment === undefined) return
      // Its token is of a password just typed: there is nothing to prove.
      const isDone = await setUp(enrolment, async (request) => { await request(); return true })
      if (isDone) restart(note)
    }, 'enrol-error')
  }

  /** @param {number} seconds */
  function restartAfter (seconds) {
    window.clearTimeout(expiry)
    expiry = window.setTimeout(() => restart('That took too long. Log in again.'), seconds * 1000)
  }

  /** @param {string} note */
  function restart (note) {
    stop()
    showVisitor(note)
    offerPasskeys()
  }
}

/**
 * @param {() => Promise<void>} work
 * @param {string} error
 * @param {readonly string[]} [fields] that may be wrong
 */
async function attempt (work, error, fields = []) {
  showError(error, '', fields)
  try {
    await work()
  } catch (fault) {
    showError(error, fault instanceof UnavailableError ? AWAY : toSentence(fault), isPasskeyError(fault) ? [] : fields)
  }
}
