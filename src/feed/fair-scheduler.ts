/** Runs work in later turns of the event loop: in order, and only so much in each. */
export type Schedule = (work: () => void) => void

/** A part of a snapshot for so many streams is written in a few milliseconds. */
const PER_TURN = 32

/**
 * For streams that all want to write at once: what two hundred edges are sent when they come back keeps nobody else waiting.
 *
 * @param perTurn how much runs before others have their turn
 */
export function createFairScheduler (perTurn = PER_TURN): Schedule {
  const waiting: Array<() => void> = []
  let isSet = false

  function runSome (): void {
    const some = waiting.splice(0, perTurn)
    isSet = waiting.length > 0
    if (isSet) setImmediate(runSome)
    for (const work of some) work()
  }

  return (work) => {
    waiting.push(work)
    if (isSet) return
    isSet = true
    setImmediate(runSome)
  }
}
