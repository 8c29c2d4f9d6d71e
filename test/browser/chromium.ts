// A real browser: Debian's Chromium.
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import type { Test } from 'tap'

const EXECUTABLE = '/usr/bin/chromium'
/** The same engine without windows, of the same version: it takes less of the processor. */
const HEADLESS = '/usr/bin/chromium-headless-shell'

const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage'
]

/** For tap: why a test of the browser does not run here, or false. */
export const withoutBrowser: string | false = !existsSync(EXECUTABLE) &&
  `there is no ${EXECUTABLE} on this machine: install Debian's package "chromium"`

interface Launch {
  parameters?: readonly string[]
  /** As people use it: where more than the engine takes part, such as settings of cookies, and what asks for a passkey. */
  isWhole?: boolean
}

/** A browser until the test ends. */
export async function launch (t: Test, { parameters = [], isWhole = false }: Launch = {}): Promise<Browser> {
  const executablePath = !isWhole && existsSync(HEADLESS) ? HEADLESS : EXECUTABLE
  const browser = await chromium.launch({ executablePath, args: [...ARGUMENTS, ...parameters], timeout: 120_000 })
  t.teardown(() => browser.close())
  return browser
}

/** A person's browser window, in which whatever goes wrong is written down. */
export async function openContext (
  t: Test, browser: Browser, options: BrowserContextOptions = {}
): Promise<{ context: BrowserContext, complaints: string[] }> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  context.setDefaultTimeout(60_000)
  const complaints: string[] = []
  context.on('page', (page) => listen(page, complaints))
  t.teardown(() => context.close())
  return { context, complaints }
}

function listen (page: Page, complaints: string[]): void {
  page.on('console', (message) => {
    if ([
      'error', 'warning'
    ].includes(message.type())) complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`))
}
