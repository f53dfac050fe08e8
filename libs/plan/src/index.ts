export * from './kernel.js'
export * from './objects.js'
export * from './observed.js'
export * from './plan.js'
