// A TCP proxy before several instances: it forwards to the first that accepts, and can be interrupted.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Proxy {
  readonly address: string
  /** Ports of the instances, in the order of attempts. */
  targets: number[]
  /** Closes open connections and refuses new ones, until `restore`. */
  disconnect (): void
  restore (): void
}

export async function startProxy (t: Test, port = 0): Promise<Proxy> {
  const open = new Set<Socket>()
  let isInterrupted = false
  const server = createServer((inbound) => {
    if (isInterrupted) {
      inbound.destroy()
      return
    }
    keep(inbound)
    forward(inbound, proxy.targets)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const proxy: Proxy = {
    address: `http://localhost:${(server.address() as AddressInfo).port}`,
    targets: [],
    disconnect () {
      isInterrupted = true
      for (const socket of open) socket.destroy()
    },
    restore () { isInterrupted = false }
  }
  t.teardown(() => {
    proxy.disconnect()
    server.close()
  })
  return proxy

  function forward (inbound: Socket, [target, ...others]: number[]): void {
    if (target === undefined) {
      inbound.destroy()
      return
    }
    const outbound = connect(target, '127.0.0.1')
    outbound.once('error', () => outbound.readyState === 'open' || others.length === 0 ? inbound.destroy() : forward(inbound, others))
    outbound.once('connect', () => {
      keep(outbound)
      outbound.on('error', () => inbound.destroy())
      inbound.on('error', () => outbound.destroy())
      inbound.pipe(outbound).pipe(inbound)
      outbound.once('close', () => inbound.destroy())
      inbound.once('close', () => outbound.destroy())
    })
  }

  function keep (socket: Socket): void {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
  }
}
