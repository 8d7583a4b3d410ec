import type { z } from 'zod';
import { cronSchedule } from '../../crds/cronSchedule.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { parseResource } from '../../crds/parseResource.ts';
import type { Scheduled, ScheduledSpec } from './kinds.ts';
import type { ParsedSpec } from './observed.ts';
import type { ScheduledKind } from './scheduledKind.ts';

/** A variable of a pod's environment holds 128 KiB, its name included: https://man7.org/linux/man-pages/man2/execve.2.html */
const longestSpec = 120_000;

/** The spec of an object with all defaults and its schedule. What the API server's schema let through is looked at once more. */
export function parseSpec<T extends Scheduled, S extends ScheduledSpec>(
  kind: ScheduledKind<T, S>,
  owner: T,
  now: Date,
): ParsedSpec<S> {
  try {
    const spec = kind.parse(owner);
    const drill = kind.drillSchedule?.(spec);
    for (const [field, text] of [
      ['spec.schedule', spec.schedule],
      ['spec.drill.schedule', drill],
    ]) {
      if (text === undefined || cronSchedule(text, spec.timeZone).next(now) !== undefined) continue;
      return { problem: `${field} ${text} never fires: no such day comes within five years.` };
    }
    const { runner, ...carried } = spec;
    if (Buffer.byteLength(JSON.stringify(carried)) > longestSpec) {
      const problem = `spec has more than ${longestSpec} bytes as JSON, the most that a pod can be given: make views of long queries, or two objects of it.`;
      return { problem };
    }
    const drills = drill === undefined ? {} : { drillSchedule: cronSchedule(drill, spec.timeZone) };
    if (spec.schedule === undefined) return { spec, ...drills };
    const schedule = cronSchedule(spec.schedule, spec.timeZone);
    return { spec, schedule, ...drills, skippedTime: daily((time) => schedule.skippedTime(time)) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { problem: error.message.replace(/(^|\n): /g, '$1') };
  }
}

/** An object as its schema has it, with all defaults. Throws BackupError InvalidSpec. */
export function parseOwner<T extends z.ZodType>(schema: T, owner: Scheduled): z.output<T> {
  const { apiVersion, kind, metadata, spec } = owner;
  const { name, namespace, uid } = metadata;
  const value = { apiVersion, kind, metadata: { name, namespace, uid }, spec };
  return parseResource(schema, { kind, value, where: () => '' });
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
