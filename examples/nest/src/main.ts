import 'reflect-metadata'
import { Module, type OnApplicationShutdown } from '@nestjs/common'
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core'
import { GatepassGuard, RejectionFilter, verifier } from './gatepass.js'
import { ReportsController } from './reports.controller.js'

@Module({
  controllers: [ReportsController],
  providers: [{ provide: APP_GUARD, useClass: GatepassGuard }, { provide: APP_FILTER, useClass: RejectionFilter }]
})
class AppModule implements OnApplicationShutdown {
  onApplicationShutdown () {
    return verifier.close()
  }
}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
app.enableShutdownHooks()
const port = Number(process.env.PORT ?? 3001)
await app.listen(port)
console.log(`listening on http://localhost:${port}`)
