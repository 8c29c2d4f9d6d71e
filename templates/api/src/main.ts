import { runCommandLine } from 'gatepass'
import { service } from './service.js'

// "serve" starts the service; the other commands know its roles and its tables, too.
await runCommandLine(service)
