export { planOf } from './adversary.js'
export { MUTANTS } from './mutants.js'
export { search, storyOf } from './search.js'
