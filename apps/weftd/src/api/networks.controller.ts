import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common'
import type { NetworkView } from '#api'
import { NetworkService } from '../networks/network-service.js'
import { checkRequest, CREATE_NETWORK } from './requests.js'

@Controller('v1/networks')
export class NetworksController {
  constructor(private readonly networks: NetworkService) {}

  @Get()
  list(): NetworkView[] {
    return this.networks.list()
  }

  @Post()
  create(@Body() body: unknown): Promise<NetworkView> {
    return this.networks.create(checkRequest(CREATE_NETWORK, body))
  }

  @Delete(':name')
  @HttpCode(200)
  async remove(@Param('name') name: string, @Query('force') force?: string): Promise<{ removed: string }> {
    await this.networks.remove(name, force === 'true')
    return { removed: name }
  }
}
