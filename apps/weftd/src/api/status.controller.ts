import { Controller, Get } from '@nestjs/common'
import type { AgentStatus, EventView, HostView, LeaseView, PlanView } from '#api'
import { explain, describeObject, renderPlan, renderState } from '#plan'
import { EventLog } from '../log/event-log.js'
import { NetworkService } from '../networks/network-service.js'
import { Reconciler } from '../reconcile/reconciler.js'
import { StatusView } from './status-view.js'

/** What the agent knows and means to do: nothing here changes anything. */
@Controller('v1')
export class StatusController {
  constructor(
    private readonly view: StatusView,
    private readonly networks: NetworkService,
    private readonly reconciler: Reconciler,
    private readonly events: EventLog,
  ) {}

  @Get('status')
  status(): AgentStatus {
    return this.view.status()
  }

  @Get('hosts')
  hosts(): HostView[] {
    return this.view.hosts()
  }

  @Get('leases')
  leases(): LeaseView[] {
    return this.networks.leases()
  }

  @Get('events')
  listEvents(): readonly EventView[] {
    return this.events.list()
  }

  @Get('plan')
  async plan(): Promise<PlanView> {
    const { plan, desired } = await this.reconciler.preview()
    const wanted = [...(desired?.objects.values() ?? [])]
    return {
      steps: plan.steps.map((step) => ({
        do: step.do,
        object: describeObject(step.object),
        ...(step.do === 'replace' ? { was: describeObject(step.was) } : {}),
        why: explain(step.object),
      })),
      obstacles: plan.obstacles.map(({ object, reason }) => ({ object: describeObject(object), reason })),
      desired: renderState(wanted).split('\n').filter(Boolean),
      text: renderPlan(plan),
    }
  }
}
