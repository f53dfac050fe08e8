import { describeRuns } from './describe-runs.js'

// In a file of its own, so that two cores share the runs.
describeRuns('the failover model, more runs', 1_000_000)
