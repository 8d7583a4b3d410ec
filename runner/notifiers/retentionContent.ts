import { type FailureReason, reasonFacts } from '../../crds/failureReason.ts';
import { countInWords, countOf } from '../../crds/inWords.ts';
import type { RunReport } from '../../crds/runReport.ts';

/** Sentences, and the removed sets with the reason of each. */
export interface RetentionContent {
  readonly sentences: readonly string[];
  readonly removed: readonly { readonly set: string; readonly why: string }[];
  /** `and 12 more`. */
  readonly more: string | undefined;
}

/** Ends of which the runner itself told nothing: it may have been pruning already. */
const silentEnds: ReadonlySet<FailureReason> = new Set<FailureReason>([
  ...(['OutOfMemory', 'Evicted', 'NodeLost', 'PodDeleted', 'JobDeleted', 'ReportMissing'] as const),
]);

/** What retention did, in words. `short` bounds the texts, `most` the sets that are named. */
export function retentionContent(
  { retention, reason }: RunReport,
  most: number,
  short: (text: string) => string,
): RetentionContent {
  if (retention === undefined) {
    const line =
      reason !== undefined && silentEnds.has(reason)
        ? 'Whether older backups were removed is not known: the runner ended without a word. `dbbackup list` shows what is there.'
        : 'No older backup was removed.';
    return { sentences: [line], removed: [], more: undefined };
  }
  const { removed, removedCount, kept, foreignSets, damagedSets, skipped } = retention;
  const lines = [
    removedCount > 0
      ? `${countOf(removedCount, 'set')} removed, ${countInWords(kept)} kept.`
      : `${skipped === undefined ? 'Nothing had to go' : 'Nothing was removed, for caution'}; ${countOf(kept, 'set')} kept.`,
    ...(damagedSets === 0
      ? []
      : [`${countOf(damagedSets, 'older set')} incomplete or damaged: see \`dbbackup list\`.`]),
    ...(foreignSets === 0 ? [] : [`${countOf(foreignSets, 'set')} of other backups left alone.`]),
  ];
  const rest = removedCount - Math.min(removed.length, most);
  return {
    sentences: lines,
    removed: removed.slice(0, most).map(({ set, why }) => ({ set: short(set), why: short(why) })),
    more: rest > 0 && removed.length > 0 ? `and ${countInWords(rest)} more` : undefined,
  };
}

/** Why retention held back, as a warning: it may mean that data was lost. Undefined where it did not. */
export function retentionWarning({ retention }: RunReport): string | undefined {
  if (retention?.skipped === undefined) return undefined;
  const { skipped, skippedReason, removedCount } = retention;
  const what = removedCount > 0 ? 'Retention stopped early' : 'Nothing was removed';
  const why = skippedReason === undefined ? '' : ` (${skippedReason})`;
  const hint = skippedReason === undefined ? '' : ` ${reasonFacts(skippedReason).hint}`;
  return `${what}${why}: ${skipped.replace(/[^.!?]$/, '$&.')}${hint}`;
}
