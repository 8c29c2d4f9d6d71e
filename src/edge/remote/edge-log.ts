/** What an edge tells of its work in the background; a Fastify app's `log` is one. */
export interface EdgeLog {
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
}

/** For an edge that was given no log: what needs somebody's attention is still seen. */
export const fallbackLog: EdgeLog = {
  info () {},
  warn (_details, sentence) { process.emitWarning(sentence, 'GatepassWarning') }
}
