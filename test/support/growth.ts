// Asserts that work is linear: four times the input takes four times the work, not sixteen times.
import type { Test } from 'tap'

/** Between the 4 of linear and the 16 of quadratic work, for four times the input. */
const MAX_GROWTH = 8
const ROUNDS = 5
/** On a busy machine more samples are taken; those of quadratic work remain sixteen times as long. */
const MAX_ROUNDS = 50
/** Minimal CPU time of a sample in microseconds: well above the resolution of the clock. */
const SAMPLE_US = 1_000

export interface Growth {
  /** Bytes, or another count. */
  size: number
  /** Makes the input, before the measurement. */
  input (size: number): unknown
  work (input: unknown): unknown
}

/**
 * Asserts that work is at most linear. Of several samples, taken of both sizes in turn, the minimum counts: other load of the machine only
 * adds to a sample.
 */
export async function assertLinear (t: Test, name: string, { size, input, work }: Growth): Promise<void> {
  const sides = [size / 4, size].map((size) => ({ input: input(size), turns: 1, least: Infinity }))
  // Warm up, and find out how many turns make a sample.
  for (const side of sides) {
    while (await measureCpu(side.turns, () => work(side.input)) < SAMPLE_US) side.turns *= 2
  }
  let [quarter, whole] = [0, Infinity]
  for (let round = 0; round < ROUNDS || (round < MAX_ROUNDS && whole / quarter >= MAX_GROWTH); round++) {
    for (const side of sides) side.least = Math.min(side.least, await measureCpu(side.turns, () => work(side.input)) / side.turns)
    ;[quarter = Infinity, whole = Infinity] = sides.map(({ least }) => least)
  }
  t.ok(whole / quarter < MAX_GROWTH, `${name}: ${whole.toFixed(1)} us, ${(whole / quarter).toFixed(1)} times those of a quarter`)
}

/** @returns CPU time of this process in microseconds */
async function measureCpu (turns: number, work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  for (let turn = 0; turn < turns; turn++) await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
