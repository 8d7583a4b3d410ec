import type { AuditEntry } from './auditLog.ts';

/** The bare client has the operator's account, and a name of its own. */
export const bareUserAgent = 'bare-client';

const reads = new Set(['get', 'list', 'watch']);

export function isRead(verb: string): boolean {
  return reads.has(verb);
}

export function isLease({ resource }: AuditEntry): boolean {
  return resource === 'leases';
}

/** A write of anything but the Lease, which is renewed as long as the operator lives. */
export function isWrite(entry: AuditEntry): boolean {
  return !isRead(entry.verb) && !isLease(entry);
}

/** The operator's first apply of a CronJob. */
export function isCronJobMade({ verb, resource, status, userAgent }: AuditEntry): boolean {
  return verb === 'patch' && resource === 'cronjobs' && status === 201 && userAgent !== bareUserAgent;
}

/** All requests of the operator but those for the Lease: `patch cronjobs` → how many. */
export function countRequests(entries: readonly AuditEntry[]): Map<string, number> {
  const ours = entries.filter((entry) => !isLease(entry) && entry.userAgent !== bareUserAgent);
  const kinds = Map.groupBy(ours, ({ verb, resource }) => `${verb} ${resource}`);
  return new Map([...kinds].map(([kind, { length }]) => [kind, length]));
}
