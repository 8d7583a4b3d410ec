import { retention } from '../runner/retention/retention.ts';
import type { Inventory } from '../runner/sets/listedSet.ts';
import type { OpenedBackup } from './openBackup.ts';

/** What the next backup's retention does with each good set (by its ID), or why it does nothing. */
export interface Outlook {
  readonly decisions: ReadonlyMap<string, { readonly removed: boolean; readonly why: string }>;
  readonly skipped: string | undefined;
}

/** Retention as if a backup ended now: it counts itself, so that the set that it pushes out shows. */
export function outlookOf(
  { backup }: Pick<OpenedBackup, 'backup'>,
  { good, state, skew }: Inventory,
): Outlook {
  const { spec } = backup;
  // The destination tells its time in whole seconds, so the newest set may seem to be from the future.
  const newest = Math.max(state.now.getTime(), ...good.map(({ time }) => time.getTime() + 1));
  const next = { id: '', time: new Date(newest) };
  const { keep, remove } = retention([next, ...good], spec.retention, state.now, spec.timeZone);
  const decisions = new Map<string, { removed: boolean; why: string }>([
    ...keep.map(({ set, why }) => [set.id, { removed: false, why }] as const),
    ...remove.map(({ set, why }) => [set.id, { removed: true, why }] as const),
  ]);
  return { decisions, skipped: skew };
}
