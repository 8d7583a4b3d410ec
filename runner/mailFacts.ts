import type { BackupSpec } from '../crds/backupSpec.ts';
import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { ownerOf } from './ownerOf.ts';

/** What somebody is told of: a DatabaseBackup or a SheetSync. */
export interface MailedResource {
  readonly metadata: DatabaseBackup['metadata'];
  readonly spec: Pick<BackupSpec, 'schedule' | 'timeZone' | 'suspend' | 'notification'>;
}

/** What a mail says of the resource, whatever became of the run. `now` where a cluster keeps the schedule, for the next run. */
export async function mailFacts({ metadata, spec }: MailedResource, now: Date | undefined) {
  const { nextRun } = await import('./nextRun.ts');
  return {
    resource: metadata,
    owner: ownerOf({ metadata }),
    timeZone: spec.timeZone,
    nextRun: now && nextRun(spec, now),
  };
}
export type MailFacts = Awaited<ReturnType<typeof mailFacts>>;
