import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NotFoundError } from '../../errors.ts'
import { escapeHtml, isSentByThisMachine, negotiate, noStore, sendPage } from '../../http/index.ts'
import type { Inbox } from '../../mail/index.ts'

interface InboxOptions {
  inbox: Inbox
}

type Mail = ReturnType<Inbox['list']>[number]

const HTML = 'text/html'
const JSON_TYPE = 'application/json'

/**
 * GET /dev/mails: the mails of a service without a mail server, as a page and as JSON. Whoever reads them gets into accounts, so it is
 * registered only where the service serves this machine alone.
 */
export async function devMails (app: FastifyInstance, { inbox }: InboxOptions): Promise<void> {
  app.addHook('onRequest', noStore)
  app.get('/dev/mails', { schema: { hide: true } }, onMails)

  async function onMails (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!isSentByThisMachine(request)) throw new NotFoundError()
    const mails = inbox.list()
    reply.header('vary', 'accept')
    if (negotiate(request.headers.accept, [JSON_TYPE, HTML]) !== HTML) return reply.send({ mails: mails.map(toBody) })
    const content = mails.length === 0 ? EMPTY : mails.map(toHtml).join('\n')
    return sendPage(request, reply, { title: 'Mails', body: `<h1>Mails</h1>\n${content}` })
  }
}

const EMPTY = '<p>There are none yet. The newest will be on top; they are kept until the service ends.</p>'

function toBody ({ id, date, to, subject, text, html }: Mail) {
  return { id, date: date.toISOString(), to, subject, text, html }
}

function toHtml ({ date, to, subject, text }: Mail): string {
  const time = date.toISOString()
  // Of the text, only what is a link of ours becomes one: a whole line.
  const body = escapeHtml(text).replace(/^ +(https?:\/\/[^\s]+)$/gm, '<a href="$1">$1</a>')
  return `<article>
<h2>${escapeHtml(subject)}</h2>
<p>To ${escapeHtml(to)}, <time datetime="${time}">${time}</time></p>
<pre>${body}</pre>
</article>`
}
