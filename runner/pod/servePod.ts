import { appendFileSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { BackupError } from '../../crds/failureReason.ts';
import { terminationLog } from '../config.ts';
import { failureOf } from '../failure.ts';
import { redactLine, redactor } from '../redactor.ts';
import type { Answer, PodMode } from './podMode.ts';
import { podServices } from './podServices.ts';

/** Milliseconds. */
const limits = {
  /** For an end after a stop. Kubernetes kills 30 seconds after SIGTERM, and what is killed says nothing. */
  stop: 25_000,
  /** For connections to close by themselves. */
  linger: 2_000,
};

/**
 * Serves one Job until its end, or until `stopped` aborts with the name of a signal as its reason. Writes the log as JSON
 * lines to standard output and one report into the termination message, and gives the exit status. A report there is also
 * for an environment that cannot be used, an exception that nobody caught, and an end that does not come.
 */
export async function servePod(
  mode: PodMode,
  stopped: AbortSignal,
  { stop: stopLimit, linger } = limits,
): Promise<0 | 1 | 2> {
  const known = redactor();
  const write = (line: string) => appendFileSync(1, redactLine(line, known));
  const logger = pino({ base: null }, { write });
  let given: Answer | undefined;
  const give = (answer: Answer): 0 | 1 | 2 => {
    // What breaks after the report changes nothing of what it says.
    if (given !== undefined) return given.status;
    given = answer;
    const { report, json, message, status } = answer;
    try {
      writeFileSync(terminationLog(), json);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      logger.error({ code }, 'the termination message cannot be written');
    }
    logger[status === 0 ? 'info' : 'error']({ report }, message);
    return status;
  };
  const fail = (error: unknown) => give(mode.failed(failureOf(error, { logger })));

  process.on('uncaughtException', (error) => process.exit(fail(error)));
  // Node ends a process that waits for what nothing will bring about, and calls that a success.
  process.on('exit', () => {
    if (given === undefined) process.exitCode = fail(new Error('nothing left to wait for'));
  });
  const stop = new AbortController();
  const onStop = () => {
    const sentence = `The runner was stopped by ${stopped.reason} before ${mode.noun} was complete.`;
    const reason = new BackupError('Interrupted', sentence);
    setTimeout(() => process.exit(fail(reason)), stopLimit).unref();
    stop.abort(reason);
  };
  if (stopped.aborted) onStop();
  else stopped.addEventListener('abort', onStop);

  let status: 0 | 1 | 2;
  try {
    status = give(await mode.run(podServices({ logger, redactor: known }), stop.signal));
  } catch (error) {
    status = fail(error);
  }
  // What still hangs, a file on a dead server for one, does not keep the pod.
  setTimeout(() => process.exit(status), linger).unref();
  return status;
}
