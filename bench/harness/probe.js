// Preloaded into every measured server: reports its resource usage over IPC.

/** @type {Map<string, (parameter: unknown) => unknown>} */
const answers = new Map([
  [
    'usage',
    () => ({ cpu: process.cpuUsage(), residentBytes: process.memoryUsage.rss(), peakResidentBytes: process.resourceUsage().maxRSS * 1024 })
  ]
])

/**
 * @param {string} question what a server can be asked besides
 * @param {(parameter: any) => unknown} answer
 */
export function answer (question, answer) {
  answers.set(question, answer)
}

process.on('message', async (/** @type {{ question: string, parameter: unknown }} */ { question, parameter }) => {
  // The question may arrive before the program has registered its handler.
  while (!answers.has(question)) await new Promise((resolve) => setTimeout(resolve, 5))
  process.send?.(await answers.get(question)?.(parameter) ?? null)
})
// The IPC channel does not keep the server alive.
process.channel?.unref()

/**
 * For a program that only handles `work`.
 *
 * @param {(parameter: any) => unknown} work
 */
export function handleWork (work) {
  answer('work', work)
  process.channel?.ref()
  process.once('disconnect', () => process.exit())
}
