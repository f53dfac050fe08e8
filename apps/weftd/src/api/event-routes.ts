import { Lines, PATHS, type Route } from '#api'
import { WeftError } from '#core'
import type { OwnershipEvents } from '../hooks/ownership-events.js'
import type { EventLog } from '../log/event-log.js'
import type { Feed } from '../log/feed.js'

/** Who answers requests about what happened. */
export interface EventApiParts {
  readonly events: Pick<EventLog, 'kept'>
  readonly ownership: Pick<OwnershipEvents, 'kept'>
}

/** What happened, once or as it goes on. */
export function eventRoutes({ events, ownership }: EventApiParts): Route[] {
  return [feedRoute(PATHS.events, events.kept), feedRoute(PATHS.ownership, ownership.kept)]
}

function feedRoute<T>(path: string, feed: Feed<T>): Route {
  return {
    method: 'GET',
    path,
    handle: ({ query }) => {
      const after = numberIn(query.get('after') ?? '0')
      return query.get('follow') === 'true' ? new Lines((send) => feed.follow(after, send)) : feed.list(after)
    },
  }
}

function numberIn(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new WeftError('WEFT_REQUEST_INVALID', `'${text}' is not the number of an event`, { field: 'after' })
}
