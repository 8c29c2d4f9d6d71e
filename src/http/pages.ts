import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NotAcceptableError, NotFoundError } from '../errors.ts'
import { packageVersion } from '../package.ts'
import { negotiate } from './accept.ts'
import { listErrorCodes, type ErrorCode } from './error-codes.ts'
import { escapeHtml, sendPage } from './page.ts'

const HTML = 'text/html'
const JSON_TYPE = 'application/json'

interface HomeOptions {
  /** Whether there is Swagger UI at /docs. */
  docs: boolean
}

/**
 * Makes the handler of `/`, which says what the service is and where to go. Links are relative: a proxy may serve us below a prefix.
 */
export function createHomePage ({ docs }: HomeOptions) {
  const version = packageVersion()
  const links: ReadonlyArray<readonly [name: string, path: string, description: string]> = [
    ...docs ? [['docs', 'docs', 'Every route, to read and to try out.'] as const] : [],
    ['openapi', 'openapi.json', 'The OpenAPI document, for programs.'],
    ['health', 'health/ready', 'Whether requests can be served.'],
    ['metadata', '.well-known/oauth-authorization-server', 'Where services that verify tokens find the keys.']
  ]
  const items = links.map(([, path, description]) => `<dt><a href="${path}">/${path}</a></dt>\n<dd>${description}</dd>`).join('\n')
  const body = `<h1>gatepass</h1>
<p>A service that logs users in. It issues short-lived access tokens, which other services verify by themselves.</p>
<dl>
${items}
</dl>
<p>Version ${escapeHtml(version)}</p>`
  const document = { name: 'gatepass', version, links: Object.fromEntries(links.map(([name, path]) => [name, `/${path}`])) }

  return function onHome (request: FastifyRequest, reply: FastifyReply): FastifyReply {
    return chooseType(request, reply) === HTML ? sendPage(request, reply, { title: 'gatepass', body }) : reply.send(document)
  }
}

/** GET /problems/CODE: what an error means, and what to do. The `type` of every problem leads here. */
export async function problemPages (app: FastifyInstance): Promise<void> {
  app.get('/problems/:code', { schema: { hide: true } }, onProblem)

  async function onProblem (request: FastifyRequest<{ Params: { code: string } }>, reply: FastifyReply): Promise<FastifyReply> {
    const wanted = request.params.code.replaceAll('-', '_')
    // Modules may define errors at any time before the app listens, so the list is not kept.
    const found = listErrorCodes().find(({ code }) => code === wanted)
    if (found === undefined) throw new NotFoundError()
    return chooseType(request, reply) === HTML ? sendPage(request, reply, toPage(found)) : reply.send(found)
  }
}

function toPage ({ code, status, title, detail, advice }: ErrorCode) {
  const paragraphs = [`${status} ${title}: ${detail}`, ...advice === undefined ? [] : [advice]]
  const text = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n')
  return { title: `${code} · gatepass`, body: `<h1>${escapeHtml(code)}</h1>\n${text}\n<p><a href="../">gatepass</a></p>` }
}

/** @throws NotAcceptableError where Accept takes neither HTML nor JSON */
function chooseType (request: FastifyRequest, reply: FastifyReply): typeof HTML | typeof JSON_TYPE {
  const type = negotiate(request.headers.accept, [HTML, JSON_TYPE])
  if (type === undefined) throw new NotAcceptableError()
  reply.header('vary', 'accept')
  return type
}
