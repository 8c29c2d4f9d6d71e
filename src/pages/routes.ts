import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createPage } from '../http/index.ts'
import { runPage } from './browser.ts'
import { toBody, type PageName, type PageOptions } from './steps.ts'
import { STYLE } from './style.ts'

const NAMES: readonly PageName[] = ['register', 'reset', 'invite']

interface AccountPagesOptions extends PageOptions {
  /** Where links of mails lead instead, if a team has pages of its own. */
  linkUrl: string | undefined
}

/**
 * The pages that links in mails lead to: GET /auth/pages/register, reset and invite. They need no database and no cookie, and are the same
 * for everybody; see `runPage` for what they do. Register it where mail is sent.
 */
export async function accountPages (app: FastifyInstance, { linkUrl, ...options }: AccountPagesOptions): Promise<void> {
  const { language, appName } = options
  const script = `(${String(runPage)})()`
  for (const name of NAMES) {
    const title = `${language.pages[name].title.replaceAll('{app}', () => appName)} · ${appName}`
    const sendPage = createPage({ lang: language.code, title, body: toBody(name, options), style: STYLE, script })
    app.get(`/auth/pages/${name}`, { schema: { hide: true }, onRequest: keepOutOfIndexes }, sendPage)
  }

  // For password managers: https://www.w3.org/TR/change-password-url/
  const changeUrl = linkUrl === undefined ? '../auth/pages/reset' : `${linkUrl}?purpose=reset`
  app.get('/.well-known/change-password', { schema: { hide: true } }, async (_request, reply) => reply.redirect(changeUrl))
}

/** Of search engines. */
function keepOutOfIndexes (_request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.header('x-robots-tag', 'noindex')
  done()
}
