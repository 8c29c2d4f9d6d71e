import { closeSync } from 'node:fs'
import { isatty } from 'node:tty'
import closeWithGrace from 'close-with-grace'
import type { FastifyBaseLogger } from 'fastify'

interface CloseOnSignalsOptions {
  log: FastifyBaseLogger
  /** A close that takes longer is cut off by the end of the process. */
  delayMs: number
  /** Called on SIGTERM, which supervisors send. @returns how long requests are still served before `close`, in milliseconds */
  startDraining (): number
  close (): Promise<void>
}

const TERMINATION_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2'] as const
/** close-with-grace handles these by default; a handler returns to the faulting instruction, for ever. */
const CRASH_SIGNALS = ['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGABRT', 'SIGTRAP'] as const
const STANDARD_STREAMS = [0, 1, 2]
/** The same signal within this time is the first one, passed on: by npm, to whose group of processes it was sent. */
const PASSED_ON_MS = 500

/**
 * Closes gracefully on a termination signal, when the terminal is closed, or after an uncaught error. A second signal or error ends the
 * process at once, with exit code 1. Crash signals keep their default action. Only SIGTERM is followed by a delay: a person who presses
 * Ctrl+C waits for the end.
 *
 * SIGHUP means that a terminal was closed. A process without one ignores it, because Node resets the ignored signals that `nohup` sets.
 */
export function closeOnSignals ({ log, delayMs, startDraining, close }: CloseOnSignalsOptions): { uninstall (): void } {
  const terminals = STANDARD_STREAMS.filter((fd) => isatty(fd))
  let firstSignal: string | undefined
  let firstSignalAt = -Infinity
  let isClosing = false
  let delay: NodeJS.Timeout | undefined

  const skip = [...TERMINATION_SIGNALS, ...CRASH_SIGNALS, 'SIGHUP' as const]
  const grace = closeWithGrace({ delay: delayMs, logger: log, skip }, async ({ err }) => {
    isClosing = true
    clearTimeout(delay)
    if (err === undefined) log.info({ event: 'closing', signal: firstSignal }, 'closing')
    else log.fatal({ event: 'unexpected_error', err }, 'unexpected error, closing')
    await close()
  })

  function onSignal (signal: string): void {
    if (signal === firstSignal && performance.now() - firstSignalAt < PASSED_ON_MS) return
    if (isClosing) {
      log.error({ event: 'second_signal', signal }, 'second signal, exiting')
      process.exit(1)
    }
    isClosing = true
    firstSignal = signal
    firstSignalAt = performance.now()
    const drainMs = signal === 'SIGTERM' ? startDraining() : 0
    if (drainMs === 0) return closeNow()
    log.info({ event: 'draining', signal, seconds: drainMs / 1000 }, 'not ready any more; requests are still served')
    delay = setTimeout(closeNow, drainMs)
  }

  function closeNow (): void {
    grace.close()
  }

  /** The shell and the kernel both send it, so it may arrive twice. */
  function onHangUp (): void {
    if (terminals.length === 0) log.info({ event: 'hangup_ignored', signal: 'SIGHUP' }, 'SIGHUP ignored: the process has no terminal')
    else if (!isClosing) onSignal('SIGHUP')
  }

  for (const signal of TERMINATION_SIGNALS) process.on(signal, onSignal)
  process.on('SIGHUP', onHangUp)
  // Without a listener, output to a closed terminal is an uncaught error.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.once('exit', () => closeLostTerminals(terminals))

  return {
    uninstall () {
      clearTimeout(delay)
      grace.uninstall()
      for (const signal of TERMINATION_SIGNALS) process.off(signal, onSignal)
      process.off('SIGHUP', onHangUp)
    }
  }
}

/** At exit Node resets its terminals, and aborts if one is gone, unless its descriptor is closed. */
function closeLostTerminals (terminals: readonly number[]): void {
  for (const fd of terminals) if (!isatty(fd)) closeSync(fd)
}
