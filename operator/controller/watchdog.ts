import type { Clock } from './clock.ts';
import { ApiError } from './kubernetesClient.ts';

/**
 * What the stream brings, until it ends or nothing came for `silenceMs`: a half-open connection looks just like a quiet
 * one. Throws ApiError `Silent` then, the signal's reason when that aborts.
 */
export async function* watchdog<Event>(
  open: (signal: AbortSignal) => AsyncIterable<Event>,
  { silenceMs, clock, signal }: { silenceMs: number; clock: Clock; signal: AbortSignal },
): AsyncGenerator<Event, void, undefined> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const passOn = () => stop.abort(signal.reason);
  signal.addEventListener('abort', passOn, { once: true });
  const bark = () => stop.abort(new ApiError('watch', { status: 0, reason: 'Silent' }));
  let cancel = clock.schedule(silenceMs, bark);
  try {
    for await (const event of open(stop.signal)) {
      cancel();
      cancel = clock.schedule(silenceMs, bark);
      yield event;
    }
  } finally {
    cancel();
    signal.removeEventListener('abort', passOn);
  }
}
