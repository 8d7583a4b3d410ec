import { BackupError } from '../../crds/failureReason.ts';
import { deadlineSignal } from '../deadlineSignal.ts';

const mostSeconds = 90;
/** For a probe that was broken off to clean up behind itself. */
const cleanUpMs = 6_000;

/** The time that a check has: 90 seconds, or spec.timeoutSeconds where that is less. */
export function checkTime(timeoutSeconds: number): ReturnType<typeof deadlineSignal> {
  const seconds = Math.min(timeoutSeconds, mostSeconds);
  return deadlineSignal(seconds, `No answer within the ${seconds} s that a check has.`);
}

/** Whether the time is over, which is a finding; any other aborted signal is a stop. */
export function isOver({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof BackupError && reason.reason === 'DeadlineExceeded';
}

/** What the attempt gives, or the reason of the signal, which also ends the waiting for what cannot be broken off: a dead network file system. */
export async function settled<T>(attempt: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => reject(signal.reason), cleanUpMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([attempt, stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
