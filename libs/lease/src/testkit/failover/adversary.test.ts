import { describeRuns } from './describe-runs.js'

describeRuns('the failover model', 1)
