// An instance whose keys rotate within seconds, which no setting allows.
import { buildApp, closeParts, createLog, loadConfig, openParts } from 'gatepass'

const config = { ...loadConfig(), keyRotationSeconds: Number(process.env.ROTATION_SECONDS) }
const parts = await openParts(config, createLog({ level: config.logLevel }))
const app = await buildApp(config, parts)
await app.listen({ host: config.host, port: config.port })
console.log(`gatepass is at http://localhost:${config.port}`)
process.once('SIGTERM', () => app.close().then(() => closeParts(parts)))
