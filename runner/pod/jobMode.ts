import { exitStatus } from '../exitStatus.ts';
import type { Services } from '../services.ts';
import type { Answer, PodMode } from './podMode.ts';

/** What the reports of all jobs have. */
type JobReport = Parameters<typeof exitStatus>[0] & {
  readonly message?: string | undefined;
  readonly startedAt: string;
  readonly finishedAt: string;
};

interface Job<R extends JobReport> {
  readonly noun: string;
  /** One attempt; what it throws has not even begun. */
  readonly run: (services: Services, stop: AbortSignal) => Promise<R>;
  /** What a report has beside its result and times, of an attempt that did nothing. */
  readonly nothing: Omit<R, 'result' | 'reason' | 'message' | 'startedAt' | 'finishedAt'>;
  /** The report as JSON of at most 4,096 bytes. */
  readonly json: (report: R) => string;
}

/** The mode of a pod whose answer is the report of one attempt, and its exit status that of the report. */
export function jobMode<R extends JobReport>({ noun, run, nothing, json }: Job<R>): PodMode {
  const answer = (report: R): Answer => {
    const { message = report.result } = report;
    return { report, json: json(report), message, status: exitStatus(report) };
  };
  return {
    noun,
    run: async (services, stop) => answer(await run(services, stop)),
    failed: (failure) => {
      const startedAt = new Date(performance.timeOrigin).toISOString();
      const times = { startedAt, finishedAt: new Date().toISOString() };
      // `nothing` is all of R but what stands beside it here.
      return answer({ ...nothing, result: 'Failed', ...failure, ...times } as unknown as R);
    },
  };
}
