export interface ServerSentEvent {
  /** `message` if the stream names none. */
  name: string
  data: string
  /** The id of this event, or of the last event that had one; else empty. */
  id: string
}

interface SseParserOptions {
  /** The most characters of an event. */
  maxLength: number
  onEvent: (event: ServerSentEvent) => void
}

const LINE_END = /\r\n|\r|\n/g

/**
 * Creates an incremental parser of server-sent events (HTML 9.2.6).
 *
 * @returns takes the next bytes; throws TypeError for an event that is too long, or not UTF-8
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
      append(text.slice(start, end.index))
      onLine(line)
      line = ''
      start = end.index + end[0].length
    }
    append(text.slice(start))
  }

  function append (part: string): void {
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
    const isEmpty = data.length === 0
    name = ''
    data = []
    length = 0
    if (!isEmpty) onEvent(event)
  }
}
