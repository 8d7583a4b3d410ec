import type { Failure } from '../failure.ts';
import type { Services } from '../services.ts';

/** The last word of a pod. */
export interface Answer {
  /** The report as a whole, for the log. */
  readonly report: object;
  /** The report as JSON of at most 4,096 bytes, for the termination message. */
  readonly json: string;
  /** One sentence. */
  readonly message: string;
  /** 0, 1 for a failure worth another attempt, 2 for a permanent one. */
  readonly status: 0 | 1 | 2;
}

/** What the pods of one kind of Job do. */
export interface PodMode {
  /** What a stop keeps from being complete. */
  readonly noun: string;
  /**
   * Reads what it is to work on from the environment, does it, and answers whatever happens to it; after a stop within 20
   * seconds. What it throws has not even begun.
   */
  run(services: Services, stop: AbortSignal): Promise<Answer>;
  /** What a pod answers that could not begin, or broke in a way that nobody thought of. */
  failed(failure: Failure): Answer;
}
