import { BackupError } from '../crds/failureReason.ts';

/** A signal that aborts with Interrupted at SIGTERM or SIGINT; `sentence` says what was stopped. To be called once in a process. */
export function stopSignal(sentence: (signal: string) => string): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => stop.abort(new BackupError('Interrupted', sentence(signal))));
  }
  return stop.signal;
}
