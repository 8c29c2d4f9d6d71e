/** Where the service is: an origin, and a path prefix if a proxy adds one. */
export interface BaseUrl {
  readonly origin: string
  /** Such as `/login`, or empty. */
  readonly prefix: string
  /** @returns an absolute address unchanged; a path below the prefix, normalised by the URL parser */
  resolve (input: string): URL
}

/**
 * @param baseUrl http or https, with or without a path
 * @throws TypeError for anything else
 */
export function parseBase (baseUrl: string): BaseUrl {
  const { protocol, origin, pathname, username, password, search, hash } = parse('baseUrl', baseUrl)
  if (!/^https?:$/.test(protocol) || username + password + search + hash !== '') {
    throw new TypeError(`baseUrl: ${baseUrl} is not an http address without user, query and fragment`)
  }
  const prefix = pathname.replace(/(?<!\/)\/+$/, '')
  // An input that keeps this origin was relative.
  const placeholder = `${protocol}//path.invalid`
  return {
    origin,
    prefix,
    resolve (input) {
      const { origin: found, pathname, search, hash } = new URL(input, placeholder)
      return found === placeholder ? new URL(origin + prefix + pathname + search + hash) : new URL(input, origin)
    }
  }
}

/** @returns a comparable origin; `URL.origin` is "null" for every scheme but http and https */
export function toOrigin ({ protocol, host }: URL): string {
  return `${protocol}//${host}`
}

/** @throws TypeError for anything but an origin: `*`, or one with a path, which would never match */
export function parseOrigin (text: string): string {
  const url = parse('origins', text)
  const { host, pathname, username, password, search, hash } = url
  if (host === '' || pathname.length > 1 || username + password + search + hash !== '') {
    throw new TypeError(`origins: ${text} is not an origin such as https://api.example.com`)
  }
  return toOrigin(url)
}

function parse (option: string, text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw new TypeError(`${option}: ${text} is not an address`)
  }
}
