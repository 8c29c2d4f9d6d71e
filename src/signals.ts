import { closeSync } from 'node:fs'
import { isatty } from 'node:tty'
import closeWithGrace from 'close-with-grace'
import type { FastifyBaseLogger } from 'fastify'

export interface CloseOnSignalsOptions {
  log: FastifyBaseLogger
  /** Whoever takes longer to close is ended. */
  delayMs: number
  close (): Promise<void>
}

const ENDING = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2'] as const
/** close-with-grace would take these, too, and its handlers return to the instruction that is at fault, for ever. */
const FAULTS = ['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGABRT', 'SIGTRAP'] as const
const STANDARD_STREAMS = [0, 1, 2]

/**
 * Closes with grace when the process is told to end, when its terminal is closed, or after an error that nobody caught. A second
 * signal, or a second error, ends it at once, with exit code 1. Faults of the processor and aborts are left to the system.
 *
 * SIGHUP is the end of a terminal. A process with none has nothing to do with it (`nohup` cannot say so: Node forgets which
 * signals were ignored), and goes on.
 */
export function closeOnSignals ({ log, delayMs, close }: CloseOnSignalsOptions): { uninstall (): void } {
  const terminals = STANDARD_STREAMS.filter((fd) => isatty(fd))
  let first: string | undefined
  let isClosing = false

  const grace = closeWithGrace({ delay: delayMs, logger: log, skip: [...ENDING, ...FAULTS, 'SIGHUP'] }, async ({ err }) => {
    isClosing = true
    if (err === undefined) log.info({ signal: first }, 'closing')
    else log.fatal({ err }, 'unexpected error, closing')
    await close()
  })

  function onSignal (signal: string): void {
    if (!isClosing) {
      first = signal
      grace.close()
    } else {
      log.error({ signal }, 'second signal, exiting')
      process.exit(1)
    }
  }

  /** It comes from the shell and from the system, so it may come twice. */
  function onHangUp (): void {
    if (terminals.length === 0) log.info({ event: 'hangup_ignored', signal: 'SIGHUP' }, 'a terminal was closed, and it is not ours')
    else if (!isClosing) onSignal('SIGHUP')
  }

  for (const signal of ENDING) process.on(signal, onSignal)
  process.on('SIGHUP', onHangUp)
  // What is printed may find that nobody is there any more; that is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.once('exit', () => leaveClosed(terminals))

  return {
    uninstall () {
      grace.uninstall()
      for (const signal of ENDING) process.off(signal, onSignal)
      process.off('SIGHUP', onHangUp)
    }
  }
}

/** Node aborts when it cannot set a terminal back that is not there any more, unless it finds that we have closed it. */
function leaveClosed (terminals: readonly number[]): void {
  for (const fd of terminals) if (!isatty(fd)) closeSync(fd)
}
