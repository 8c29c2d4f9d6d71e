import { loadConfig } from '../config/index.ts'
import { serve } from '../main.ts'

export async function serveCommand (): Promise<undefined> {
  await serve(loadConfig())
}
