// A mail server in this process, with faults.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { Test } from 'tap'

/** Where a fault happens: at the greeting, a command, or after the message. */
type Stage = 'connect' | 'auth' | 'mail' | 'rcpt' | 'message'

interface Fault {
  stage: Stage
  /** A reply, nothing for ever, or an end of the connection without a reply. */
  does: { code: number, text: string } | 'hang' | 'drop'
  /** Only for this recipient. */
  to?: string
}

export interface ReceivedMail {
  from: string
  to: string
  /** As it came, with headers. */
  source: string
}

export interface MailServer {
  port: number
  /** In the order of their arrival, also those whose acceptance was not told. */
  received: ReceivedMail[]
  /** Connections so far. */
  connections: number
  openConnections (): number
  fault: Fault | undefined
  /** Called at each stage of each mail, before the reply. */
  onStage: (stage: Stage) => void
  close (): Promise<void>
}

/**
 * @param t closes it
 * @param options `password`: that of any user, if the server wants a login
 */
export async function startMailServer (
  t: Test, { password, ...options }: SMTPServerOptions & { password?: string } = {}
): Promise<MailServer> {
  const openConnections = () => server.connections.size
  const state: MailServer = { port: 0, received: [], connections: 0, openConnections, fault: undefined, onStage: () => {}, close }
  const server = new SMTPServer({
    disabledCommands: [...password === undefined ? ['AUTH'] : [], ...options.cert === undefined ? ['STARTTLS'] : []],
    allowInsecureAuth: true,
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 100,
    ...options,
    onConnect (session, callback) {
      state.connections++
      apply('connect', session.id, callback)
    },
    onAuth (auth, session, callback) {
      const refused = Object.assign(new Error('5.7.8 no'), { responseCode: 535 })
      const isRight = auth.password === password
      apply('auth', session.id, (error) => error || !isRight ? callback(error ?? refused) : callback(null, { user: auth.username ?? '' }))
    },
    onMailFrom: (_address, session, callback) => apply('mail', session.id, callback),
    onRcptTo: ({ address }, session, callback) => apply('rcpt', session.id, callback, address),
    onData (stream, session, callback) {
      const chunks: Buffer[] = []
      const to = session.envelope.rcptTo[0]?.address ?? ''
      const from = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const fault = findFault('message', to)
        // A server that drops the connection may have taken the message.
        if (fault === undefined || fault.does === 'drop') state.received.push({ from, to, source: Buffer.concat(chunks).toString() })
        apply('message', session.id, callback, to)
      })
    }
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  state.port = (server.server.address() as AddressInfo).port
  t.teardown(close)
  return state

  function findFault (stage: Stage, to?: string): Fault | undefined {
    const { fault } = state
    return fault?.stage === stage && (fault.to === undefined || fault.to === to) ? fault : undefined
  }

  function apply (stage: Stage, session: string, callback: (error?: Error | null) => void, to?: string): void {
    state.onStage(stage)
    const does = findFault(stage, to)?.does
    if (does === undefined) callback()
    else if (does === 'drop') dropConnection(session)
    else if (does !== 'hang') callback(Object.assign(new Error(does.text), { responseCode: does.code }))
  }

  function dropConnection (session: string): void {
    for (const connection of server.connections) {
      if (connection.session.id === session) connection._socket.destroy()
    }
  }

  async function close (): Promise<void> {
    for (const connection of server.connections) connection._socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}
