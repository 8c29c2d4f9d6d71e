import { Controller, Get, Post } from '@nestjs/common'
import { Allow, CurrentUser, Open, type User } from './gatepass.js'

@Controller('reports')
@Allow('reports:read')
export class ReportsController {
  @Get()
  list (@CurrentUser() user: User) {
    return { reader: user.id, isAdmin: user.isAdmin() }
  }

  @Get('campaigns')
  @Allow('campaigns:read')
  listCampaigns (@CurrentUser() user: User) {
    return { reader: user.id }
  }

  @Post('sensitive')
  @Allow('reports:read', { stepUp: { maxAge: 300 } })
  changeSomething () {
    return { changed: true }
  }

  @Get('health')
  @Open()
  isAlive () {
    return { status: 'ok' }
  }
}
