import { appendFileSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { BackupError } from '../crds/failureReason.ts';
import { reportJSON } from '../crds/runReport.ts';
import { backupJob, exitStatus } from './backupJob.ts';
import { jobConfig, runnerConfig } from './config.ts';
import { systemClock } from './destinations/clock.ts';
import { runProgress } from './progress.ts';
import { redactLine, redactor } from './redactor.ts';
import { secretDirectory } from './secrets.ts';

// The job of a runner pod: one attempt, its report in the termination message, its log as JSON lines on
// standard output. Exit status 0, 1 for a failure worth another attempt, 2 for a permanent one.

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop.abort(
      new BackupError('Interrupted', `The runner was stopped by ${signal} before the backup was complete.`),
    );
  });
}

const known = redactor();
const write = (line: string) => {
  appendFileSync(1, redactLine(line, known));
};

attempt().then((status) => {
  process.exitCode = status;
});

async function attempt(): Promise<0 | 1 | 2> {
  let job: ReturnType<typeof jobConfig>;
  let config: ReturnType<typeof runnerConfig>;
  try {
    config = runnerConfig();
    job = jobConfig();
  } catch (error) {
    // There is no backup to report on: the operator gave no usable spec.
    if (!(error instanceof BackupError)) throw error;
    write(`${JSON.stringify({ level: 50, reason: error.reason, msg: error.message })}`);
    return 2;
  }
  const logger = pino({ level: config.logLevel, base: null }, { write });
  const services = {
    ...{ config, logger, redactor: known },
    secrets: secretDirectory(job.secretsDirectory),
    clock: systemClock,
    progress: runProgress(),
  };
  const report = await backupJob({ ...job, mailTransientFailures: false }, services, stop.signal);
  writeFileSync(job.terminationLog, reportJSON(report));
  logger[report.result === 'Succeeded' ? 'info' : 'error']({ report }, report.message ?? report.result);
  return exitStatus(report);
}
