/** Receives what an edge reports about its background work; the `log` of a Fastify app can be used. */
export interface EdgeLog {
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
}

/** For an edge without a log: warnings are shown as process warnings. */
export const fallbackLog: EdgeLog = {
  info () {},
  warn (_details, sentence) { process.emitWarning(sentence, 'GatepassWarning') }
}
