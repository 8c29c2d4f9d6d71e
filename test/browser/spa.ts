// The example page with its API, as they are started for real, and a person in front of it.
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { startService } from '../support/process.ts'
import { startProgram } from '../support/program.ts'
import { PASSWORD } from '../support/password.ts'

const SERVER = fileURLToPath(new URL('../../examples/spa/server.js', import.meta.url))

export const EMAIL = 'ada@example.com'

/** Starts the server of the page, for an issuer that is up. */
export async function startPage (t: Test, settings: { PORT: string, ISSUER: string, FEED_TOKEN: string }): Promise<string> {
  await startProgram(t, { parameters: [SERVER], settings, said: /the page is at/ })
  return `http://localhost:${settings.PORT}`
}

/** A service with one admin, and the page, to which links in mails lead. */
export async function startStage (t: Test, settings: Record<string, string> = {}): Promise<{ page: string, issuer: string }> {
  const PORT = String(await freePort())
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const origin = `http://localhost:${PORT}`
  const service = await startService(t, {
    DATA_DIR: t.testdir(),
    FEED_TOKEN,
    ADMIN_EMAIL: EMAIL,
    ADMIN_PASSWORD: PASSWORD,
    REGISTRATION: 'open',
    LINK_URL: `${origin}/`,
    ...settings,
    CORS_ORIGINS: [origin, settings.CORS_ORIGINS ?? ''].filter((listed) => listed !== '').join()
  })
  return { page: await startPage(t, { PORT, ISSUER: service.address, FEED_TOKEN }), issuer: service.address }
}

export const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor()
export const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
export const type = (page: Page, label: string, text: string) => {
  return page.getByLabel(label, { exact: true }).filter({ visible: true }).fill(text)
}

export async function logIn (page: Page): Promise<void> {
  await page.getByLabel('E-mail', { exact: true }).fill(EMAIL)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await isLoggedIn(page)
}

export async function isLoggedIn (page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'You are logged in' }).waitFor()
}

export async function isLoggedOut (page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
}

/** The guarded call, and what it is answered. */
export async function askForTip (page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Ask for a tip' }).click()
  const tip = page.locator('#tip:not(:empty)')
  await tip.waitFor()
  return tip.innerText()
}
