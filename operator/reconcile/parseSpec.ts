import { cronSchedule } from '../../crds/cronSchedule.ts';
import { databaseBackup } from '../../crds/databaseBackup.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { parseResource } from '../../crds/parseResource.ts';
import type { Backup } from './kinds.ts';
import type { ParsedSpec } from './observed.ts';

/** The spec of a backup with all defaults and its schedule. What the API server's schema let through is looked at once more. */
export function parseSpec(backup: Backup, now: Date): ParsedSpec {
  const { apiVersion, kind, metadata } = backup;
  const { name, namespace, uid } = metadata;
  const value = { apiVersion, kind, metadata: { name, namespace, uid }, spec: backup.spec };
  try {
    const { spec } = parseResource(databaseBackup, { kind, value, where: () => '' });
    for (const [field, text] of [
      ['spec.schedule', spec.schedule],
      ['spec.drill.schedule', spec.drill?.schedule],
    ]) {
      if (text === undefined || cronSchedule(text, spec.timeZone).next(now) !== undefined) continue;
      return { problem: `${field} ${text} never fires: no such day comes within five years.` };
    }
    const drill = spec.drill?.schedule;
    const drills = drill === undefined ? {} : { drillSchedule: cronSchedule(drill, spec.timeZone) };
    if (spec.schedule === undefined) return { spec, ...drills };
    const schedule = cronSchedule(spec.schedule, spec.timeZone);
    return { spec, schedule, ...drills, skippedTime: daily((time) => schedule.skippedTime(time)) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { problem: error.message.replace(/(^|\n): /g, '$1') };
  }
}

/** Looking through a year of activations takes a while; the answer holds for a day. */
function daily<T>(compute: (now: Date) => T): (now: Date) => T {
  let known: { readonly day: number; readonly value: T } | undefined;
  return (now) => {
    const day = Math.floor(now.getTime() / 86_400_000);
    if (known?.day !== day) known = { day, value: compute(now) };
    return known.value;
  };
}
