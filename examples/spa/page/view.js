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

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const minute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

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
  form().reset()
  show('signed-in')
}

/** @param {string} farewell why nobody is logged in any more; empty when nobody was */
export function showVisitor (farewell) {
  const note = element('farewell')
  note.textContent = farewell
  note.hidden = farewell === ''
  show('signed-out')
  if (farewell === '') return
  announce(farewell)
  focusOn('login-heading')
}

/** @param {string} text */
export function showTip (text) {
  element('tip').textContent = text
}

export function readLogin () {
  const data = new FormData(form())
  return { email: String(data.get('email')), password: String(data.get('password')) }
}

/** @param {string} text empty takes it back */
export function showLoginError (text) {
  element('login-error').textContent = text
  for (const id of ['email', 'password']) element(id).setAttribute('aria-invalid', String(text !== ''))
  if (text !== '') element('password').focus()
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
function nameOf (userAgent) {
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
function make (tag, properties, text) {
  return Object.assign(document.createElement(tag), properties, text !== '' && { textContent: text })
}

function form () {
  return /** @type {HTMLFormElement} */ (element('login'))
}

/** @param {'signed-in' | 'signed-out'} id */
function show (id) {
  element('waiting').hidden = true
  for (const other of ['signed-in', 'signed-out']) element(other).hidden = other !== id
}
