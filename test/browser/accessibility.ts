// What people hear who do not see a page, and what they reach who have no pointer.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { CDPSession, Locator, Page } from 'playwright-core'

const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'))
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What has no name of its own: what is inside says it. */
const NAMELESS = new Set([
  'generic', 'none', 'paragraph', 'main', 'form', 'StaticText', 'InlineTextBox', 'LineBreak', 'RootWebArea', 'LabelText', 'strong'
])

/** States that are said where they are set. */
const STATES = ['invalid', 'required', 'checked', 'readonly', 'live']

type Node = Awaited<ReturnType<typeof getTree>>[number]

/** @returns where the page breaks a rule of axe-core: those of WCAG 2.2 AA, and what is good practice */
export async function findViolations (page: Page): Promise<string[]> {
  // By the protocol of the browser, which the policy of the page does not bind.
  if (await page.evaluate('typeof axe') === 'undefined') await page.evaluate(await readFile(AXE, 'utf8'))
  return page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) => violations.flatMap(
    ({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary].join(' ')))
  )`)
}

/** @returns Chromium's accessibility tree in the order of reading, a line for each part: role, "name", (description), states */
export async function readTree (page: Page): Promise<string[]> {
  return (await readNodes(page)).filter(({ role }) => !NAMELESS.has(String(role?.value))).map(toLine)
}

/** @returns what is said when the focus moves to where it is now */
export async function readFocus (page: Page): Promise<string> {
  const focused = (await readNodes(page)).find(({ role, properties = [] }) => role?.value !== 'RootWebArea' && properties.some(isFocus))
  return focused === undefined ? 'nothing has the focus' : toLine(focused)
}

function isFocus ({ name, value }: NonNullable<Node['properties']>[number]): boolean {
  return name === 'focused' && value.value === true
}

async function readNodes (page: Page): Promise<Node[]> {
  const session = await page.context().newCDPSession(page)
  const nodes = await getTree(session)
  await session.detach()
  const byId = new Map(nodes.map((node) => [node.nodeId, node]))
  const walk = (node: Node): Node[] => [node, ...(node.childIds ?? []).flatMap((id) => byId.get(id) ?? []).flatMap(walk)]
  return nodes.slice(0, 1).flatMap(walk).filter(({ ignored }) => !ignored)
}

async function getTree (session: CDPSession) {
  await session.send('Accessibility.enable')
  const { nodes } = await session.send('Accessibility.getFullAXTree')
  return nodes
}

function toLine ({ role, name, description, properties = [] }: Node): string {
  const states = properties.filter((property) => STATES.includes(property.name) && ![false, 'false', 'off'].includes(property.value.value))
  const parts = [role?.value, `"${name?.value ?? ''}"`]
  if (description?.value) parts.push(`(${description.value})`)
  return [...parts, ...states.map((property) => property.name)].join(' ')
}

/** Presses Tab until the control has the focus. */
export async function tabTo (page: Page, control: Locator): Promise<void> {
  for (let presses = 0; presses < 20; presses++) {
    if (await control.evaluate((element) => element === element.ownerDocument.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${control}`)
}
