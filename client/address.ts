/** Where the service is: an origin, and the path under which a proxy shows it, if any. */
export interface Base {
  readonly origin: string
  /** Such as `/login`, or nothing. */
  readonly prefix: string
  /** @returns an absolute address as it is; a path, whatever the parser makes of it, below the prefix */
  resolve (input: string): URL
}

/**
 * @param baseUrl http or https, with or without a path
 * @throws TypeError for anything else
 */
export function parseBase (baseUrl: string): Base {
  const { protocol, origin, pathname, username, password, search, hash } = parse('baseUrl', baseUrl)
  if (!/^https?:$/.test(protocol) || username + password + search + hash !== '') {
    throw new TypeError(`baseUrl: ${baseUrl} is no http address without user, query and fragment`)
  }
  const prefix = pathname.replace(/(?<!\/)\/+$/, '')
  const probe = `${protocol}//path.invalid`
  return {
    origin,
    prefix,
    resolve (input) {
      const { origin: found, pathname, search, hash } = new URL(input, probe)
      return found === probe ? new URL(origin + prefix + pathname + search + hash) : new URL(input, origin)
    }
  }
}

/**
 * @returns what may be compared of an address: `origin` is "null" for all that are neither http nor https
 */
export function originOf ({ protocol, host }: URL): string {
  return `${protocol}//${host}`
}

/** @throws TypeError for what is no origin, such as `*` or one with a path, of which nobody would look */
export function parseOrigin (text: string): string {
  const url = parse('origins', text)
  const { host, pathname, username, password, search, hash } = url
  if (host === '' || pathname.length > 1 || username + password + search + hash !== '') {
    throw new TypeError(`origins: ${text} is no origin such as https://api.example.com`)
  }
  return originOf(url)
}

function parse (option: string, text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw new TypeError(`${option}: ${text} is no address`)
  }
}
