// The elements of the page, and what a screen reader announces.

/** @typedef {import('gatepass/client').CurrentUser} CurrentUser */
/**
 * @typedef {object} Session
 * @property {string} id
 * @property {string} created_at
 * @property {string} last_seen_at
 * @property {string | null} user_agent
 * @property {string | null} ip
 * @property {boolean} current
 */

export const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const minute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

const PARTS = /** @type {const} */ (['signed-in', 'signed-out', 'second-step', 'enrol', 'register', 'forgot', 'choose'])

/** @param {string} id */
export function element (id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`there is no ${id}`)
  return found
}

/** @param {string} id of a heading, from which a keyboard or a screen reader goes on */
export function focusOn (id) {
  element(id).focus()
}

/** @param {string} text said by screen readers */
export function announce (text) {
  element('announcement').textContent = text
}

/** @param {string} text empty: all is well */
export function showConnection (text) {
  element('connection').textContent = text
}

/** @param {CurrentUser} user */
export function showUser ({ id, role, sessionId }) {
  element('role').textContent = role
  element('user-id').textContent = id
  element('session-id').textContent = sessionId
  showTip('')
  element('sessions').replaceChildren()
  // Nobody who comes to this computer later is to find the password.
  resetForms()
  show('signed-in')
}

/** @param {string} farewell why nobody is logged in any more; empty when nobody was */
export function showVisitor (farewell) {
  const note = element('farewell')
  note.textContent = farewell
  note.hidden = farewell === ''
  resetForms()
  closeDialogs()
  show('signed-out')
  if (farewell === '') return
  announce(farewell)
  focusOn('login-heading')
}

/** @param {string} text */
export function showTip (text) {
  element('tip').textContent = text
}

/**
 * @param {string} id of the form
 * @param {string} name of the field
 */
export function readField (id, name) {
  return String(new FormData(findForm(id)).get(name)).trim()
}

/**
 * What a person has typed is theirs: a password may begin or end with a space.
 *
 * @param {string} id of the form
 */
export function readPassword (id) {
  return String(new FormData(findForm(id)).get('password'))
}

/**
 * @param {string} id of the paragraph with the error
 * @param {string} text empty takes it back
 * @param {readonly string[]} fields that may be wrong; the last one gets the focus
 */
export function showError (id, text, fields = []) {
  element(id).textContent = text
  for (const field of fields) element(field).setAttribute('aria-invalid', String(text !== ''))
  const last = fields.at(-1)
  if (text !== '' && last !== undefined) element(last).focus()
}

/**
 * @param {string} id of a paragraph that screen readers announce
 * @param {string} text
 */
export function showNote (id, text) {
  element(id).textContent = text
}

/**
 * @param {readonly Session[]} sessions
 * @param {(id: string, name: string) => void} onEnd
 */
export function listSessions (sessions, onEnd) {
  element('sessions').replaceChildren(...sessions.map((session) => toItem(session, onEnd)))
}

/**
 * @param {Session} session
 * @param {(id: string, name: string) => void} onEnd
 */
function toItem ({ id, created_at: createdAt, last_seen_at: lastSeenAt, user_agent: userAgent, ip, current }, onEnd) {
  const name = nameOf(userAgent)
  const since = minute.format(new Date(createdAt))
  const title = make('p', { className: 'name' }, name)
  if (current) title.append(' ', make('span', { className: 'badge' }, 'this device'))
  const facts = make(
    'p',
    { className: 'facts' },
    `Since ${since}, from ${ip ?? 'an unknown address'}; seen ${current ? 'now' : day.format(new Date(lastSeenAt))}`
  )
  const button = make('button', { type: 'button' }, 'End this one')
  button.setAttribute('aria-label', `End this one: ${name}, since ${since}${current ? ', this device' : ''}`)
  button.addEventListener('click', () => onEnd(id, name))
  const text = make('div', {}, '')
  text.append(title, facts)
  const item = make('li', {}, '')
  item.append(text, button)
  return item
}

/** @param {string | null} userAgent */
export function nameOf (userAgent) {
  const browser = /Edg|Firefox|Chrome|Safari|curl/.exec(userAgent ?? '')?.[0]?.replace('Edg', 'Edge') ?? 'An app'
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(userAgent ?? '')?.[0]
  return system === undefined ? browser : `${browser} on ${system}`
}

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} tag
 * @param {Partial<HTMLElementTagNameMap[N]>} properties
 * @param {string} text
 */
export function make (tag, properties, text) {
  return Object.assign(document.createElement(tag), properties, text !== '' && { textContent: text })
}

/** @param {string} id */
function findForm (id) {
  return /** @type {HTMLFormElement} */ (element(id))
}

function resetForms () {
  for (const form of document.forms) form.reset()
  for (const error of document.querySelectorAll('.error, .note')) if (error.id !== 'farewell') error.textContent = ''
  for (const field of document.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid')
}

function closeDialogs () {
  for (const dialog of document.querySelectorAll('dialog')) dialog.close()
}

/** @param {typeof PARTS[number]} id of what is shown; all else is not */
export function show (id) {
  element('waiting').hidden = true
  for (const other of PARTS) element(other).hidden = other !== id
}
