import { BackupError } from '../../crds/failureReason.ts';

/** Runs the work; if the signal ended it, throws Interrupted with a sentence for the person. */
export async function interruptible<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted || error instanceof BackupError) throw error;
    throw new BackupError('Interrupted', 'Stopped before it was complete: no Secret was written.', {
      cause: error,
    });
  }
}
