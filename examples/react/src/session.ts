import { createClient } from 'gatepass-client'

/** One for the whole page. */
export const client = createClient({ baseUrl: import.meta.env.VITE_GATEPASS_URL ?? 'http://localhost:3000', delivery: 'cookie' })
