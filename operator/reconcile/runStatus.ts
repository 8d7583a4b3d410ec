import { reasonFacts } from '../../crds/failureReason.ts';
import type { RunStatus } from '../../crds/scheduledStatus.ts';
import type { JobOutcome } from './jobOutcome.ts';

/** Duration as kubectl writes it: `12s`, `3m12s`, `2h5m`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return minutes > 0 ? `${hours}h${minutes}m` : `${hours}h`;
  if (minutes > 0) return rest > 0 ? `${minutes}m${rest}s` : `${minutes}m`;
  return `${rest}s`;
}

const messageLimit = 2000;
const mostLines = 16;
const lineLimit = 500;

/** The status of a record from the outcome of its Job, without conditions and the count of failures; `told` is from its report. */
export function runStatus(
  outcome: JobOutcome,
  facts: Pick<RunStatus, 'jobUID' | 'trigger'>,
  told: Partial<RunStatus> = {},
): RunStatus {
  return compact({ ...facts, ...outcomeStatus(outcome), ...told });
}

/** What every status tells of the outcome of its Job. */
export function outcomeStatus({ phase, attempts, startTime, completionTime, trouble }: JobOutcome) {
  const took = seconds(startTime, completionTime);
  return {
    phase,
    attempts,
    startTime,
    completionTime,
    duration: took === undefined ? undefined : durationText(took),
    ...(trouble === undefined
      ? {}
      : {
          reason: trouble.reason,
          message: trouble.message.slice(0, messageLimit),
          hint: reasonFacts(trouble.reason).hint,
        }),
  };
}

/** Sentences as a status holds them; undefined for none. */
export function toldLines(lines: readonly string[]): string[] | undefined {
  return lines.length === 0 ? undefined : lines.slice(0, mostLines).map((line) => line.slice(0, lineLimit));
}

function seconds(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : (Date.parse(to) - Date.parse(from)) / 1000;
}

/** The same without members that are undefined, at every depth: what JSON would leave out. */
export function compact<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Whether a record has its result. */
export function isFinal(status: Pick<RunStatus, 'phase'> | undefined): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
