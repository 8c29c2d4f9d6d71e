// An instance whose keys rotate within seconds, which no setting allows.
import { buildApp, closeDependencies, createLog, loadConfig, openDependencies } from 'gatepass'

const config = { ...loadConfig(), keyRotationSeconds: Number(process.env.ROTATION_SECONDS) }
const dependencies = await openDependencies(config, createLog({ level: config.logLevel }))
const app = await buildApp(config, dependencies)
await app.listen({ host: config.host, port: config.port })
console.log(`gatepass is at http://localhost:${config.port}`)
process.once('SIGTERM', () => app.close().then(() => closeDependencies(dependencies)))
