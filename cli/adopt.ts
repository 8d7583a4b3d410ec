import { BackupError } from '../crds/failureReason.ts';
import { countOf, onOneLine, timeInWords } from '../crds/inWords.ts';
import type { Destination } from '../runner/destinations/destination.ts';
import { type AdoptableSet, adoptableSets } from './adoptable.ts';
import { backupOptions, backupOptionTexts } from './backupFile.ts';
import type { Command } from './command.ts';
import { confirm, isTerminal } from './confirm.ts';
import type { IO } from './io.ts';
import { openBackup } from './openBackup.ts';
import { table } from './table.ts';

/** `dbbackup adopt`: takes over the sets of a cluster that is gone, so that retention counts and prunes them. */
export const adoptCommand: Command = {
  name: 'adopt',
  usage: '-f backup.yaml [-f secrets.yaml] [--from OWNER] [--yes]',
  summary: 'Take over sets that another cluster or OAuth client made',
  options: { ...backupOptions, from: { type: 'string' }, yes: { type: 'boolean' } },
  optionTexts: {
    ...backupOptionTexts,
    from: 'Whose sets, where the folder has those of several owners (or the begin of the name)',
    yes: 'Do it; without it the sets are shown, and on a terminal you are asked',
  },
  async run(invocation) {
    const { values, io, signal } = invocation;
    await using opened = await openBackup(invocation);
    const { backup, destination, owner, title } = opened;
    const { now } = await destination.inspect(signal);
    const listing = await destination.list(signal);
    const found = await adoptableSets(destination, listing, owner, now, signal);
    if (found.length === 0) {
      io.stdout.write(`No set in the folder belongs to anyone else: nothing to adopt for ${title}.\n`);
      return 0;
    }
    io.stdout.write(ownersText(found, backup.spec.timeZone));
    const chosen = setsFrom(found, values.from);
    const wanted = chosen.filter(({ obstacle }) => obstacle === undefined);
    for (const { name, obstacle } of chosen) {
      if (obstacle !== undefined)
        io.stdout.write(`– ${onOneLine(name, 120)} is left alone: ${onOneLine(obstacle)}\n`);
    }
    if (wanted.length === 0) throw new BackupError('InvalidSpec', 'None of these sets can be taken over.');
    if (values.yes !== true && !(await confirmed(io, wanted, title, signal))) return 0;
    for (const set of wanted) {
      await adopt(destination, set, owner, now, signal);
      io.stdout.write(`✓ ${onOneLine(set.name, 120)}\n`);
    }
    io.stdout.write(
      `${countOf(wanted.length, 'set')} now ${wanted.length === 1 ? 'belongs' : 'belong'} to ${title}.\n`,
    );
    return 0;
  },
};

/** A line for each owner: how many sets, of which backup, of which times. */
function ownersText(found: readonly AdoptableSet[], timeZone: string): string {
  const rows = [...Map.groupBy(found, ({ owner }) => owner)].map(([owner, sets]) => {
    const backups = new Set(
      sets.map(({ manifest }) => `${manifest.backup.namespace}/${manifest.backup.name}`),
    );
    const [newest, oldest] = [sets[0], sets.at(-1)].map((set) =>
      timeInWords(set?.manifest.snapshotTime ?? '', timeZone),
    );
    return [
      onOneLine(owner, 80),
      countOf(sets.length, 'set'),
      onOneLine([...backups].join(', '), 80),
      newest === oldest ? `${newest}` : `${oldest} to ${newest}`,
    ];
  });
  return `${table(rows, ['OWNER', 'SETS', 'OF', `TIME (${timeZone})`]).join('\n')}\n`;
}

function setsFrom(found: readonly AdoptableSet[], from: unknown): AdoptableSet[] {
  const owners = [...new Set(found.map(({ owner }) => owner))];
  const exact = owners.filter((owner) => owner === from);
  const matching =
    exact.length > 0 || from === undefined ? exact : owners.filter((owner) => owner.startsWith(String(from)));
  const chosen = from === undefined && owners.length === 1 ? owners : matching;
  if (chosen.length === 1) return found.filter(({ owner }) => owner === chosen[0]);
  if (from === undefined) {
    throw new BackupError(
      'InvalidSpec',
      'The folder holds sets of several owners: choose one with --from OWNER.',
    );
  }
  throw new BackupError(
    'InvalidSpec',
    `${chosen.length === 0 ? 'No owner' : 'More than one owner'} fits --from ${String(from)}: write one of those above.`,
  );
}

async function confirmed(
  io: IO,
  sets: readonly AdoptableSet[],
  title: string,
  signal: AbortSignal,
): Promise<boolean> {
  const what = `${countOf(sets.length, 'set')} for ${title}`;
  if (!isTerminal(io)) {
    io.stdout.write(`Nothing was changed. Add --yes to adopt ${what}.\n`);
    return false;
  }
  if (await confirm(`Adopt ${what}? Its retention will remove them in their turn.`, io, signal)) return true;
  io.stdout.write('Nothing was changed.\n');
  return false;
}

/**
 * The manifest first: should this break off, the set is damaged for us and protects nothing, and another adopt goes
 * on. In the other order its files would be ours without a manifest, and would be removed as those of a dead run.
 */
async function adopt(
  destination: Destination,
  { name, files }: AdoptableSet,
  owner: string,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  for (const { id, tags } of files) {
    if (tags?.owner === owner) continue;
    const adopted = { set: name, deadline: now.toISOString(), ...tags, owner };
    await destination.tag(id, adopted, signal);
  }
}
