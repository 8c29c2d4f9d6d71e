export interface ServerSentEvent {
  /** `message` where the stream names none. */
  name: string
  data: string
  /** That of this event, or the last before it; empty where there was none. */
  id: string
}

export interface SseParserOptions {
  /** How many characters an event may have. */
  maxLength: number
  onEvent: (event: ServerSentEvent) => void
}

const LINE_END = /\r\n|\r|\n/g

/**
 * Parses an event stream as it comes in (HTML 9.2.6).
 *
 * @returns takes the next bytes; throws TypeError where an event is too long, or no UTF-8
 */
export function createSseParser ({ maxLength, onEvent }: SseParserOptions): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = ''
  let endedInCr = false
  let name = ''
  let data: string[] = []
  let id = ''
  let length = 0

  return function push (chunk) {
    const decoded = decoder.decode(chunk, { stream: true })
    const text = endedInCr && decoded.startsWith('\n') ? decoded.slice(1) : decoded
    if (decoded !== '') endedInCr = decoded.endsWith('\r')
    let start = 0
    for (const end of text.matchAll(LINE_END)) {
      take(text.slice(start, end.index))
      onLine(line)
      line = ''
      start = end.index + end[0].length
    }
    take(text.slice(start))
  }

  /** A long line is put together once, when it ends. */
  function take (part: string): void {
    length += part.length
    if (length > maxLength) throw new TypeError(`an event has more than ${maxLength} characters`)
    line += part
  }

  function onLine (line: string): void {
    if (line === '') return dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) {
      length = 0
      return
    }
    const field = colon < 0 ? line : line.slice(0, colon)
    const rest = colon < 0 ? '' : line.slice(colon + 1)
    const value = rest.startsWith(' ') ? rest.slice(1) : rest
    if (field === 'event') name = value
    else if (field === 'data') data.push(value)
    else if (field === 'id' && !value.includes('\0')) id = value
  }

  function dispatch (): void {
    const event = { name: name || 'message', data: data.join('\n'), id }
    const empty = data.length === 0
    name = ''
    data = []
    length = 0
    if (!empty) onEvent(event)
  }
}
