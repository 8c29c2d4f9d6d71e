// Loaded into every server that is measured, before its own code: tells what it has used so far, when asked over IPC.

/** @type {Map<string, (parameter: unknown) => unknown>} */
const answers = new Map([
  ['usage', () => ({ cpu: process.cpuUsage(), residentBytes: process.memoryUsage.rss(), peakResidentBytes: process.resourceUsage().maxRSS * 1024 })]
])

/**
 * @param {string} question what a server can be asked besides
 * @param {(parameter: any) => unknown} answer
 */
export function answer (question, answer) {
  answers.set(question, answer)
}

process.on('message', async (/** @type {{ question: string, parameter: unknown }} */ { question, parameter }) => {
  // Asked before the program has come so far.
  while (!answers.has(question)) await new Promise((resolve) => setTimeout(resolve, 5))
  process.send?.(await answers.get(question)?.(parameter) ?? null)
})
// A server lives as long as it would without being asked.
process.channel?.unref()

/**
 * For a program that does nothing but answer.
 *
 * @param {(parameter: any) => unknown} work
 */
export function answerOnly (work) {
  answer('work', work)
  process.channel?.ref()
  process.once('disconnect', () => process.exit())
}
