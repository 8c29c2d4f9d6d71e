const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Whether a host is this machine, so that plain http to it cannot be read on the way.
 *
 * @param hostname of a `URL`, which has normalized it
 */
export function isLoopback (hostname: string): boolean {
  return LOOPBACK.test(hostname)
}
