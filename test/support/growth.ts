// Whether work grows with its input as it should: four times the input, four times the work, and not sixteen times.
import type { Test } from 'tap'

/** Between what linear work takes for four times the input, and what quadratic work takes. */
const MAX_GROWTH = 8
const ROUNDS = 5
/** A sample takes at least so long, in microseconds of the processor: well above what its clock can tell apart. */
const SAMPLE_US = 1_000

export interface Growth {
  /** For so many bytes, or whatever else there may be many of. */
  size: number
  /** Made before anything is measured. */
  input (size: number): unknown
  work (input: unknown): unknown
}

/**
 * Asserts that work is no worse than linear. The least of several samples counts, of both sizes in turn: whatever else the machine
 * does only ever adds to one.
 */
export async function assertLinear (t: Test, name: string, { size, input, work }: Growth): Promise<void> {
  const sides = [size / 4, size].map((size) => ({ input: input(size), turns: 1, least: Infinity }))
  // Warm, and as often as makes a sample that can be measured.
  for (const side of sides) {
    for (let cpu = 0; cpu < SAMPLE_US; side.turns = cpu < SAMPLE_US ? side.turns * 2 : side.turns) cpu = await cpuOf(side.turns, () => work(side.input))
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides) side.least = Math.min(side.least, await cpuOf(side.turns, () => work(side.input)) / side.turns)
  }
  const [quarter = Infinity, whole = Infinity] = sides.map(({ least }) => least)
  t.ok(whole / quarter < MAX_GROWTH, `${name}: ${whole.toFixed(1)} us, ${(whole / quarter).toFixed(1)} times those of a quarter`)
}

/** In microseconds of the processor, of this process. */
async function cpuOf (turns: number, work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  for (let turn = 0; turn < turns; turn++) await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
