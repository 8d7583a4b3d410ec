import { type Logger, pino } from 'pino';
import { runnerConfig } from '../runner/config.ts';
import { systemClock } from '../runner/destinations/clock.ts';
import { runProgress } from '../runner/progress.ts';
import { redactor } from '../runner/redactor.ts';
import type { SecretReader } from '../runner/secrets.ts';
import type { Services } from '../runner/services.ts';
import type { IO } from './io.ts';

/** The runner's services on a laptop: warnings on standard error, staging in the folder for temporary files. */
export function cliServices(secrets: SecretReader, io: IO): Services {
  const known = redactor();
  return {
    config: runnerConfig(io.env),
    secrets,
    redactor: known,
    logger: cliLogger(io, known),
    clock: systemClock,
    progress: runProgress(),
  };
}

/** One readable line for each warning and error. */
function cliLogger({ stderr, env }: IO, known: ReturnType<typeof redactor>): Logger {
  return pino(
    { level: env.DBBACKUP_LOG_LEVEL ?? 'warn', base: null, timestamp: false },
    {
      write(line: string) {
        const { level, msg, ...fields } = JSON.parse(line) as { level: number; msg: string };
        const name = level >= 50 ? 'error' : level >= 40 ? 'warning' : 'info';
        const details = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
        stderr.write(known.redact(`${name}: ${msg}${details}\n`));
      },
    },
  );
}
