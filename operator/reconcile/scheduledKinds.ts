import { backupKind } from './backupKind.ts';
import type { ScheduledKind } from './scheduledKind.ts';
import { syncKind } from './syncKind.ts';

/** All kinds that run on a schedule. */
export const scheduledKinds: readonly ScheduledKind[] = [backupKind, syncKind];
