import { BackupError } from '../../crds/failureReason.ts';
import type { ListedSet } from './listedSet.ts';

type Named = Pick<ListedSet, 'name' | 'id' | 'time' | 'damage'>;

const shown = 3;

/**
 * The set that is meant by `latest` (the newest good one), a name, the time in it, the only one that a begin of
 * either fits, or the ID of its manifest. Throws InvalidSpec that names the nearest sets. `newestFirst` is so sorted.
 */
export function findSet<T extends Named>(newestFirst: readonly T[], wanted: string): T {
  if (newestFirst.length === 0) {
    throw new BackupError(
      'InvalidSpec',
      'The folder holds no set of this backup: make one with dbbackup run.',
    );
  }
  if (wanted === 'latest') {
    const latest = newestFirst.find(({ damage }) => damage === undefined);
    if (latest) return latest;
    throw new BackupError(
      'InvalidSpec',
      `There is no good set; damaged: ${listed(newestFirst)}. Choose one of them by its name.`,
    );
  }
  const exact = newestFirst.filter(({ name, id }) => [name, id, stampOf(name)].includes(wanted));
  const matches =
    exact.length > 0
      ? exact
      : newestFirst.filter(({ name }) => name.startsWith(wanted) || stampOf(name)?.startsWith(wanted));
  const [only, ...others] = matches;
  if (only === undefined) {
    throw new BackupError(
      'InvalidSpec',
      `There is no set ${wanted}; the nearest: ${listed(nearest(newestFirst, wanted))}. dbbackup list shows all.`,
    );
  }
  if (others.length === 0) return only;
  const sameName = others.every(({ name }) => name === only.name);
  const choices = sameName ? matches.map(({ id }) => id).join(', ') : listed(matches);
  throw new BackupError('InvalidSpec', `${matches.length} sets fit ${wanted}: write one of ${choices}.`);
}

/** `20260210_020000-2` of `backup_20260210_020000-2`. */
function stampOf(name: string): string | undefined {
  return /\d{8}_\d{6}(?:-\d+)?$/.exec(name)?.[0];
}

/** Sets in order of how far their time is from the wanted one; without a time in it, the newest. */
function nearest<T extends Named>(newestFirst: readonly T[], wanted: string): readonly T[] {
  const time = clockTime(wanted);
  if (time === undefined) return newestFirst;
  const distance = ({ name }: T) => Math.abs((clockTime(name) ?? 0) - time);
  return [...newestFirst].sort((a, b) => distance(a) - distance(b));
}

/** A number to compare times of names by; what is left out counts as zero. */
function clockTime(text: string): number | undefined {
  const digits = /(\d{4})-?(\d\d)?-?(\d\d)?[_T ]?(\d\d)?:?(\d\d)?:?(\d\d)?(?:-\d+)?$/.exec(text);
  if (!digits) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = digits
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function listed(sets: readonly Named[]): string {
  const names = sets.slice(0, shown).map(({ name }) => name);
  return sets.length > shown ? `${names.join(', ')} and ${sets.length - shown} more` : names.join(', ');
}
