import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common'
import type { EndpointView } from '#api'
import { WeftError } from '#core'
import { EndpointService } from '../endpoints/endpoint-service.js'
import type { AttachedEndpoint } from '../endpoints/attached-endpoint.js'
import { ATTACH, checkRequest } from './requests.js'

@Controller('v1/endpoints')
export class EndpointsController {
  constructor(private readonly endpoints: EndpointService) {}

  @Get()
  list(): EndpointView[] {
    return this.endpoints.list()
  }

  @Post()
  async attach(@Body() body: unknown): Promise<EndpointView> {
    return this.show(await this.endpoints.attach(checkRequest(ATTACH, body)))
  }

  @Delete(':endpoint')
  @HttpCode(200)
  async detach(@Param('endpoint') endpoint: string, @Query('network') network?: string): Promise<{ detached: string; address: string }> {
    const gone = await this.endpoints.detach(endpoint, network)
    return { detached: gone.name, address: gone.address }
  }

  private show(endpoint: AttachedEndpoint): EndpointView {
    const shown = this.endpoints.list().find((view) => view.network === endpoint.network && view.address === endpoint.address)
    if (!shown) throw new WeftError('WEFT_NETNS_INVALID', `${endpoint.netns} went away right after it was attached`, { field: 'netns' })
    return shown
  }
}
