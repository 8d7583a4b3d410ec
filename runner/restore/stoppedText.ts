import { targetName } from '../database/connection.ts';
import type { DatabaseTarget } from '../database/databaseTarget.ts';
import type { RunProgress } from '../progress.ts';

/** What a stop leaves behind in the target, by how far the restore was. */
export function stoppedText(target: DatabaseTarget, { stage }: Pick<RunProgress, 'stage'>): string {
  if (stage === 'compare') return committedText(target);
  if (stage === 'commit')
    return `It was just being committed: look whether the set is in ${targetName(target)}.`;
  return `Nothing was changed in ${targetName(target)}: all of it was one transaction.`;
}

/** What is so whatever a comparison afterwards finds. */
export function committedText(target: DatabaseTarget): string {
  return `The set is in ${targetName(target)} all the same: it was committed before.`;
}
