import type { Logger } from 'pino';
import type { RunnerConfig } from './config.ts';
import type { Clock } from './destinations/clock.ts';
import type { RunProgress } from './progress.ts';
import type { Redactor } from './redactor.ts';
import type { SecretReader } from './secrets.ts';

/** What the runner needs from outside; main and the command line build it, tests replace parts of it. */
export interface Services {
  readonly config: RunnerConfig;
  readonly secrets: SecretReader;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly progress: RunProgress;
}
