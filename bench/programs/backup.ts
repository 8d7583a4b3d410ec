import { pino } from 'pino';
import type { DatabaseBackup } from '../../crds/databaseBackup.ts';
import { backupJob } from '../../runner/backupJob.ts';
import { runnerConfig } from '../../runner/config.ts';
import { systemClock } from '../../runner/destinations/clock.ts';
import { runProgress } from '../../runner/progress.ts';
import { redactor } from '../../runner/redactor.ts';
import { secretDocuments } from '../../runner/secrets.ts';
import { benchInput, tellPeak } from './peakMemory.ts';

// Measured: whole backups, one after another in one process. Fails unless each of them succeeds.

export interface BackupInput {
  /** Parsed already. */
  readonly backups: readonly DatabaseBackup[];
  /** Values by name and key. */
  readonly secrets: Record<string, Record<string, string>>;
}

async function main(): Promise<void> {
  const input = benchInput<BackupInput>();
  const documents = Object.entries(input.secrets).map(([name, stringData]) => ({
    metadata: { name },
    stringData,
  }));
  let rows = 0;
  for (const backup of input.backups) {
    const services = {
      config: runnerConfig(),
      secrets: secretDocuments(documents),
      redactor: redactor(),
      logger: pino({ level: 'silent' }),
      clock: systemClock,
      progress: runProgress(),
    };
    const report = await backupJob(
      { backup, mailTransientFailures: false },
      services,
      new AbortController().signal,
    );
    if (report.result !== 'Succeeded') throw new Error(`${report.reason}: ${report.message}`);
    rows += report.rows ?? 0;
  }
  tellPeak({ rows });
}

main();
