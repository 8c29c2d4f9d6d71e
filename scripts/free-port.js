import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * A port of 127.0.0.1 that stays free until it is used: none that the system itself gives to whoever connects or asks for any.
 *
 * @returns {Promise<number>}
 */
export async function freePort () {
  const port = randomInt(11_000, 32_768)
  const server = createServer()
  /** @type {boolean} */
  const isFree = await new Promise((resolve) => server.once('error', () => resolve(false)).listen(port, () => resolve(true)))
  await new Promise((resolve) => server.close(resolve))
  return isFree ? port : freePort()
}
