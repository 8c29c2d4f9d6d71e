// Sends every request of the generated functions.
// begin docs/clients.md
const { GATEPASS_URL: baseUrl = '' } = process.env

let accessToken: string | undefined

export function useToken (token: string): void {
  accessToken = token
}

export async function send<T> (path: string, options: RequestInit): Promise<T> {
  const headers = new Headers(options.headers)
  if (accessToken !== undefined) headers.set('authorization', `Bearer ${accessToken}`)
  const response = await fetch(`${baseUrl}${path}`, { ...options, headers })
  const text = await response.text()
  return { status: response.status, headers: response.headers, data: text === '' ? undefined : JSON.parse(text) } as T
}
// end docs/clients.md
