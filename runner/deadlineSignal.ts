import { BackupError } from '../crds/failureReason.ts';

/** A signal that aborts with DeadlineExceeded and the sentence after so many seconds; disposing it stops its clock. */
export function deadlineSignal(seconds: number, sentence: string): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new BackupError('DeadlineExceeded', sentence)),
    seconds * 1000,
  );
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
