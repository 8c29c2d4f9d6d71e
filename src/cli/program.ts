// The entry of the bundle: all of it loads a few files.
import { runCommandLine } from './command-line.ts'

await runCommandLine()
