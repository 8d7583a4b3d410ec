import type { Services } from '../services.ts';
import type { Check } from './check.ts';
import { checkTime } from './checkTime.ts';

/** Runs checks under a signal that ends with the time of a check, or with `stop`; known secrets are taken out of the sentences. */
export async function* timedChecks(
  timeoutSeconds: number,
  { redactor }: Pick<Services, 'redactor'>,
  stop: AbortSignal,
  checks: (signal: AbortSignal) => AsyncIterable<Check>,
): AsyncGenerator<Check> {
  using time = checkTime(timeoutSeconds);
  for await (const check of checks(AbortSignal.any([stop, time.signal]))) {
    yield { ...check, message: redactor.redact(check.message) };
  }
}
