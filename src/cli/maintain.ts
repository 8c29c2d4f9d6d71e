import { OperatorError } from '../dependencies.ts'
import { createMaintenanceJobs, runMaintenance, type JobResult } from '../maintenance.ts'
import { withDatabase } from './command-context.ts'
import { table, type Result } from './run.ts'

/** Runs the jobs of maintenance once, as far as the database role may, such as that of the audit for a role that may do nothing else. */
export async function maintainCommand (): Promise<Result> {
  return withDatabase(undefined, async ({ config, database }) => {
    const jobs = await runMaintenance(createMaintenanceJobs(config, database))
    if (jobs.every(({ rows }) => rows === undefined)) throw new OperatorError('The database role may run none of the jobs of maintenance.')
    return { text: table([['JOB', 'ROWS'], ...jobs.map(toLine)]), value: { jobs: jobs.map(toJson) } }
  }, { needsSecretKeys: false })
}

function toLine ({ job, rows }: JobResult): [string, string] {
  if (rows === undefined) return [job, 'skipped: the database role may not']
  return [job, Object.entries(rows).map(([name, count]) => `${count} ${name}`).join(', ')]
}

function toJson ({ job, rows }: JobResult): object {
  return rows === undefined ? { job, skipped: true } : { job, rows }
}
