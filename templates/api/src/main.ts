import { runCommandLine } from 'gatepass'
import { service } from './service.js'

await runCommandLine(service)
