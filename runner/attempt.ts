import { BackupError } from '../crds/failureReason.ts';
import { deadlineSignal } from './deadlineSignal.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Services } from './services.ts';

/** What one attempt may take, and what is said of one that takes longer. */
export interface AttemptLimit {
  readonly seconds: number;
  readonly sentence: string;
}

/** Does the work of one attempt under its limit; gives why it failed, or undefined. Never throws. */
export async function attempt(
  { seconds, sentence }: AttemptLimit,
  services: Services,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<Failure | undefined> {
  using deadline = deadlineSignal(seconds, sentence);
  const signal = AbortSignal.any([stop, deadline.signal]);
  try {
    await work(signal);
    return undefined;
  } catch (error) {
    // What breaks after a stop breaks because of it.
    const isStopped = signal.aborted && signal.reason instanceof BackupError;
    return failureOf(isStopped ? signal.reason : error, services);
  }
}
