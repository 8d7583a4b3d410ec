import type { Clock } from './clock.ts';

/** The work took longer than it may. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';
  constructor(milliseconds: number) {
    super(`Not done within ${milliseconds / 1000} s.`);
  }
}

/**
 * Runs the work with a signal that aborts when `signal` does, with its reason, or after so many milliseconds, with a
 * DeadlineExceededError. Settles with the work and leaves no timer and no listener behind.
 */
export async function withDeadline<Result>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Result> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const passOn = () => stop.abort(signal.reason);
  signal.addEventListener('abort', passOn, { once: true });
  const cancel = clock.schedule(milliseconds, () => stop.abort(new DeadlineExceededError(milliseconds)));
  try {
    return await work(stop.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', passOn);
  }
}
