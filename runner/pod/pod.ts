import type { Logger } from 'pino';
import type { DatabaseBackup } from '../../crds/databaseBackup.ts';
import { jobConfig, runnerConfig } from '../config.ts';
import { systemClock } from '../destinations/clock.ts';
import { runProgress } from '../progress.ts';
import type { Redactor } from '../redactor.ts';
import { secretDirectory } from '../secrets.ts';
import type { Services } from '../services.ts';

/** What a pod has: its backup, with Secrets as files. */
export interface Pod {
  readonly backup: DatabaseBackup;
  readonly services: Services;
}

/** Reads the environment that the operator gave. Throws InvalidSpec. */
export function openPod({ logger, redactor }: { logger: Logger; redactor: Redactor }): Pod {
  const config = runnerConfig();
  logger.level = config.logLevel;
  const { backup, secretsDirectory } = jobConfig();
  const secrets = secretDirectory(secretsDirectory);
  const services = { config, logger, redactor, secrets, clock: systemClock, progress: runProgress() };
  return { backup, services };
}
