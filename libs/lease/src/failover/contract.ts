/**
 * What failover is told and what it asks for, as plain values: `Failover.step(event, now) → effects` (docs/failover-protocol.md). A step
 * function, so that the very code that runs in weftd runs in the model test, where an adversary decides about the order of everything, and
 * so that a pause between reading the clock and acting is a place in the test and not a hope.
 */
export * from './effect.js'
export * from './event.js'
export * from './message.js'
