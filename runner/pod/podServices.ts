import type { Logger } from 'pino';
import { runnerConfig, secretsConfig } from '../config.ts';
import { systemClock } from '../destinations/clock.ts';
import { runProgress } from '../progress.ts';
import type { Redactor } from '../redactor.ts';
import { secretDirectory } from '../secrets.ts';
import type { Services } from '../services.ts';

/** What a pod works with, from the environment that the operator gave; Secrets are files. Throws InvalidSpec. */
export function podServices({ logger, redactor }: { logger: Logger; redactor: Redactor }): Services {
  const config = runnerConfig();
  logger.level = config.logLevel;
  const secrets = secretDirectory(secretsConfig());
  return { config, logger, redactor, secrets, clock: systemClock, progress: runProgress() };
}
