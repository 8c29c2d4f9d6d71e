// What happens in the page: everything about tokens is gatepass's client's business.
import { createClient, ProblemError } from 'gatepass/client'
import { startAccount } from './account.js'
import { startLogin } from './login.js'
import { createStepUp } from './proof.js'
import { startSecurity } from './security.js'
import { toSentence } from './sentences.js'
import { announce, element, focusOn, listSessions, showConnection, showUser, showVisitor, showTip } from './view.js'
import { startVisitor } from './visitor.js'

/** @typedef {import('gatepass/client').Change} Change */

const FAREWELLS = {
  ended: 'Your session was ended, here or from another device. Log in to go on.',
  replaced: 'Somebody else has logged in in this browser. Log in to go on as yourself.',
  logout: 'You are logged out.'
}

const { issuer } = await (await fetch('settings.json')).json()
const client = createClient({ baseUrl: issuer, delivery: 'cookie', origins: [window.location.origin] })
const login = startLogin(client)
const visitor = startVisitor(client, login.logIn)
const stepUp = createStepUp(client)
const account = startAccount(client, stepUp.withStepUp)
const security = startSecurity(client, stepUp)

client.onChange((user, change) => {
  showConnection('')
  // Somebody who follows a link from a mail chooses a password first.
  if (visitor.isChoosing()) return
  if (user === undefined) {
    showVisitor(change in FAREWELLS ? FAREWELLS[/** @type {keyof typeof FAREWELLS} */ (change)] : '')
    login.offerPasskeys()
  } else {
    login.stop()
    security.reset()
    showUser(user)
    refreshSessions()
    attempt(account.load)
    attempt(security.load)
  }
})

element('logout').addEventListener('click', () => attempt(client.logout))
element('ask').addEventListener('click', () => attempt(onAsk))
// Back from another tab or from sleep: is it all still so?
document.addEventListener('visibilitychange', () => { if (!document.hidden) refreshSessions() })
window.addEventListener('offline', () => showConnection('You are offline. Your session is kept.'))
window.addEventListener('online', () => { showConnection(''); refreshSessions() })

await attempt(client.restore)

async function onAsk () {
  showTip('')
  const response = await client.fetch(new URL('api/tip', window.location.href))
  showTip(response.ok ? (await response.json()).tip : 'There is no tip at the moment.')
}

function refreshSessions () {
  if (client.currentUser() === undefined) return
  attempt(async () => listSessions((await client.ask('GET', '/account/sessions')).sessions, onEnd))
}

/**
 * @param {string} id
 * @param {string} name
 */
async function onEnd (id, name) {
  await attempt(async () => {
    await client.ask('DELETE', '/account/sessions/{id}', { path: { id } })
    announce(`Ended: ${name}.`)
    refreshSessions()
    focusOn('sessions-heading')
  })
}

/**
 * Does something, and shows an error if it fails; `onChange` reports a session that has ended.
 *
 * @param {() => Promise<unknown>} work
 */
async function attempt (work) {
  try {
    await work()
    if (navigator.onLine) showConnection('')
  } catch (error) {
    if (!(error instanceof ProblemError && error.status === 401)) showConnection(toSentence(error))
  }
}
