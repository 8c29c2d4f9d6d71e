import { loadConfig } from '../config.ts'
import { serve } from '../main.ts'

export async function serveCommand (): Promise<undefined> {
  await serve(loadConfig())
}
