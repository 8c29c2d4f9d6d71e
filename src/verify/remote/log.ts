/** Receives what an edge reports about its background work; the `log` of a Fastify app can be used. */
export interface EdgeLog {
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
}

/** For an edge without a log: warnings become process warnings, with the message of the error. */
export const fallbackLog: EdgeLog = {
  info () {},
  warn (details, sentence) {
    const reason = 'err' in details && details.err instanceof Error ? `: ${details.err.message}` : ''
    process.emitWarning(`${sentence}${reason}`, 'GatepassWarning')
  }
}
