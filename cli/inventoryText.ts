import { countInWords, countOf, onOneLine, sizeInWords, timeInWords } from '../crds/inWords.ts';
import type { Inventory, ListedSet } from '../runner/sets/listedSet.ts';
import { setFiles } from '../runner/sets/setFiles.ts';
import type { OpenedBackup } from './openBackup.ts';
import type { Outlook } from './outlook.ts';
import { table } from './table.ts';

const sum = (files: readonly { bytes: number }[]) => files.reduce((total, { bytes }) => total + bytes, 0);

/** The folder of a backup for a terminal: a line for each set, the newest first, then what else is there. */
export function inventoryText(
  { backup, title }: Pick<OpenedBackup, 'backup' | 'title'>,
  inventory: Inventory,
  outlook: Outlook,
): string {
  const { sets, loose, foreign, state } = inventory;
  const { timeZone } = backup.spec;
  const rows = sets.map((set) => [
    timeInWords(set.manifest?.snapshotTime ?? set.time.toISOString(), timeZone),
    onOneLine(set.name, 120),
    set.manifest ? countInWords(set.manifest.files.length + 1) : '',
    set.manifest ? countInWords(set.manifest.rows) : '',
    set.manifest ? sizeInWords(sum(setFiles(set, inventory))) : '',
    verdict(set, outlook),
  ]);
  const files = sets.flatMap((set) => setFiles(set, inventory));
  const lines = [
    `${title}: ${countOf(sets.length, 'set')}, ${countOf(files.length, 'file')}, ${sizeInWords(sum(files))}`,
    ...(rows.length > 0
      ? table(rows, [`TIME (${timeZone})`, 'SET', 'FILES', 'ROWS', 'SIZE', 'WITH THE NEXT BACKUP'])
      : []),
    ...(outlook.skipped === undefined ? [] : [`⚠ Nothing would be removed: ${outlook.skipped}.`]),
    ...(loose.length === 0
      ? []
      : [
          `${countOf(loose.length, 'file')} of unfinished runs (${sizeInWords(sum(loose))}): a backup removes them an hour after their run is over.`,
        ]),
    ...(foreign === 0
      ? []
      : [
          `${countOf(foreign, 'set')} of other owners, never touched: dbbackup adopt takes over those of a cluster that is gone.`,
        ]),
    state.freeBytes === undefined
      ? `room: ${state.usage}`
      : `room: ${sizeInWords(state.freeBytes)} free, ${state.usage}`,
    ...(state.link === undefined ? [] : [`folder: ${state.link}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function verdict({ id, damage }: ListedSet, { decisions, skipped }: Outlook): string {
  if (damage !== undefined) return `✗ damaged: ${onOneLine(damage)}`;
  const decision = decisions.get(id);
  if (decision?.removed !== true) return `✓ kept: ${decision?.why ?? ''}`;
  return skipped === undefined ? `– removed: ${decision.why}` : `✓ would be removed: ${decision.why}`;
}

/** The same for programs. */
export function inventoryJSON(
  { title, owner, backup }: Pick<OpenedBackup, 'backup' | 'title' | 'owner'>,
  { sets, loose, foreign, state }: Inventory,
  { decisions, skipped }: Outlook,
) {
  return {
    backup: title,
    owner,
    timeZone: backup.spec.timeZone,
    sets: sets.map(({ id, name, time, manifest, damage }) => ({
      name,
      id,
      time: time.toISOString(),
      snapshotTime: manifest?.snapshotTime,
      files: manifest?.files,
      rows: manifest?.rows,
      recipients: manifest?.encryption?.recipients,
      bytes: manifest && sum(manifest.files),
      good: damage === undefined,
      damage,
      ...(damage === undefined ? { next: decisions.get(id) } : {}),
    })),
    nothingRemoved: skipped,
    unfinished: loose.map(({ id, name, bytes, tags }) => ({ id, name, bytes, deadline: tags?.deadline })),
    foreignSets: foreign,
    freeBytes: state.freeBytes,
    usage: state.usage,
    folderLink: state.link,
  };
}
