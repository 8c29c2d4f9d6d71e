// Lets Node.js run TypeScript: types are replaced by blanks, so that lines and columns stay the same. The result is cached on disk.
// tap's own plugin loads the whole compiler in each process, which takes three seconds.
import { register } from 'node:module'

register('./typescript-hooks.js', import.meta.url)
