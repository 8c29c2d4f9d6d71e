import type { AppOptions } from 'gatepass'
import { notes } from './modules/notes.js'
import { reports } from './modules/reports.js'
import { roles } from './roles.js'

/** What this team adds to the service. */
export const service: AppOptions = {
  roles,
  modules: [
    { plugin: notes, migrations: new URL('../../migrations/notes', import.meta.url) },
    reports
  ],
  prefix: '/api'
}
