/** How much a client wants a range of media types, and where in its list the range stands. */
interface Preference {
  quality: number
  position: number
}

// Both take linear time: the closing quote is optional, so that an unterminated string is matched once.
const LIST_MEMBER = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/gs
const PARAMETER = /(?:[^";]|"(?:[^"\\]|\\.)*"?)+/gs
const RANGE = /^(?:\*\/\*|[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+)$/
/** RFC 9110 12.4.2, and without the zero in front of the point, as older versions of Java send it. */
const QUALITY = /^(?:0(?:\.\d*)?|\.\d+|1(?:\.0*)?)$/

/**
 * Chooses the media type of a response (RFC 9110 12.5.1): the highest `q` wins, then the one that is listed first, then our own order. The
 * most specific range decides about a type, wherever it stands. Other parameters than `q` are ignored, and so are malformed members.
 *
 * Use it where a resource has several representations. One that has a single representation sends it whatever Accept says, as the RFC
 * allows; so do errors.
 *
 * @param accept the header; absent or empty, everything is acceptable
 * @param offered in our own order, in lower case: the first is the default
 * @returns undefined where nothing is acceptable
 */
export function negotiate<T extends string> (accept: string | undefined, offered: readonly T[]): T | undefined {
  const preferences = parseAccept(accept ?? '')
  if (preferences.size === 0) return offered[0]
  const acceptable = offered.flatMap((type) => {
    const preference = findPreference(preferences, type)
    return preference === undefined || preference.quality === 0 ? [] : [{ type, ...preference }]
  })
  return acceptable.sort((one, other) => other.quality - one.quality || one.position - other.position)[0]?.type
}

/** Of equal ranges, the first one counts. */
function parseAccept (accept: string): ReadonlyMap<string, Preference> {
  const preferences = new Map<string, Preference>()
  for (const [member] of accept.matchAll(LIST_MEMBER)) {
    const [range = '', ...parameters] = Array.from(member.matchAll(PARAMETER), ([part]) => part.trim().toLowerCase())
    const quality = readQuality(parameters)
    // Older versions of Java send "*".
    const name = range === '*' ? '*/*' : range
    if (quality !== undefined && RANGE.test(name) && !preferences.has(name)) preferences.set(name, { quality, position: preferences.size })
  }
  return preferences
}

/** @returns undefined for a malformed one */
function readQuality (parameters: readonly string[]): number | undefined {
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))
  if (weight === undefined) return 1
  const text = weight.slice(weight.indexOf('=') + 1).trim()
  return QUALITY.test(text) ? Number(text) : undefined
}

function findPreference (preferences: ReadonlyMap<string, Preference>, type: string): Preference | undefined {
  return preferences.get(type) ?? preferences.get(`${type.split('/', 1)[0]}/*`) ?? preferences.get('*/*')
}
