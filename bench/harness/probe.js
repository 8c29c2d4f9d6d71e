// Preloaded into every measured server: reports its resource usage over IPC.

const TICKS = 500_000

/** @type {Map<string, (parameter: unknown) => unknown>} */
const answers = new Map()

answer(
  'usage',
  () => ({ cpu: process.cpuUsage(), residentBytes: process.memoryUsage.rss(), peakResidentBytes: process.resourceUsage().maxRSS * 1024 })
)
answer('tick', measureTick)

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

/** @returns {Promise<number>} microseconds of CPU for one `process.nextTick` */
async function measureTick () {
  await runTicks()
  const before = process.cpuUsage()
  await runTicks()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / TICKS
}

/** @returns {Promise<void>} */
function runTicks () {
  let remaining = TICKS
  return new Promise((resolve) => {
    const next = () => remaining-- > 0 ? process.nextTick(next) : resolve()
    next()
  })
}
