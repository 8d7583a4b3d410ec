import type { HttpError } from '../httpError.ts';
import { sheetsError } from './sheetsError.ts';

/** Reads and writes have each their own quota. */
export type QuotaKind = 'read' | 'write';

/** Requests a minute; a test may change them, also to Infinity. */
export interface QuotaLimits {
  perUser: number;
  perProject: number;
}

/**
 * Google's quotas, for reads and for writes: 60 a minute for a user, 300 for a project. The fake has one user, each OAuth
 * client is a project of its own. Google refills every minute; whether by the clock or over the last minute is
 * unconfirmed: here it is the last minute, which nobody passes who would not pass the other. Requests that were refused
 * do not count. https://developers.google.com/workspace/sheets/api/limits
 */
export class SheetsQuota {
  readonly limits: QuotaLimits = { perUser: 60, perProject: 300 };
  readonly #taken: Record<QuotaKind, { project: string; at: number }[]> = { read: [], write: [] };
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Takes one request of the project's, or throws 429. */
  take(kind: QuotaKind, project: string): void {
    const now = this.#now().getTime();
    const taken = this.#taken[kind].filter(({ at }) => now - at < 60_000);
    this.#taken[kind] = taken;
    const own = taken.filter((one) => one.project === project).length;
    if (own >= this.limits.perUser) throw exceeded(kind, project, this.limits.perUser, 'user');
    if (own >= this.limits.perProject) throw exceeded(kind, project, this.limits.perProject, 'project');
    taken.push({ project, at: now });
  }
}

/** As Google words it; it sends no Retry-After (unconfirmed). */
function exceeded(kind: QuotaKind, project: string, limit: number, per: 'user' | 'project'): HttpError {
  const metric = kind === 'read' ? 'Read requests' : 'Write requests';
  const name = `${metric} per minute${per === 'user' ? ' per user' : ''}`;
  const message =
    `Quota exceeded for quota metric '${metric}' and limit '${name}' of service 'sheets.googleapis.com' ` +
    `for consumer 'project_number:${project}'.`;
  const camel = kind === 'read' ? 'ReadRequestsPerMinutePer' : 'WriteRequestsPerMinutePer';
  return sheetsError(429, message, {
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'RATE_LIMIT_EXCEEDED',
        domain: 'googleapis.com',
        metadata: {
          service: 'sheets.googleapis.com',
          consumer: `projects/${project}`,
          quota_metric: `sheets.googleapis.com/${kind}_requests`,
          quota_limit: `${camel}${per === 'user' ? 'User' : 'Project'}`,
          quota_limit_value: String(limit),
          quota_unit: per === 'user' ? '1/min/{project}/{user}' : '1/min/{project}',
          quota_location: 'global',
        },
      },
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [
          {
            description: 'Request a higher quota limit.',
            url: 'https://cloud.google.com/docs/quotas/help/request_increase',
          },
        ],
      },
    ],
  });
}
