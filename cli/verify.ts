import { BackupError, type FailureReason } from '../crds/failureReason.ts';
import { countOf, onOneLine, sizeInWords } from '../crds/inWords.ts';
import { findSet } from '../runner/sets/findSet.ts';
import { type Inventory, type ListedSet, takeInventory } from '../runner/sets/listedSet.ts';
import { setFiles } from '../runner/sets/setFiles.ts';
import { worstStatus } from '../runner/worstStatus.ts';
import { backupOptions, backupOptionTexts } from './backupFile.ts';
import type { Command, Invocation } from './command.ts';
import { type OpenedBackup, openBackup } from './openBackup.ts';
import { outputFormat, outputOption } from './output.ts';
import { showProgress } from './progressBar.ts';
import { setOptionText } from './setOption.ts';
import { type FileVerdict, verifyFile } from './verifySet.ts';

interface SetVerdict {
  readonly set: string;
  readonly ok: boolean;
  /** What the listing alone shows to be wrong. */
  readonly damage: string | undefined;
  readonly files: readonly FileVerdict[];
}

/** `dbbackup verify`: every file of a set read back and compared with its manifest. */
export const verifyCommand: Command = {
  name: 'verify',
  usage: '-f backup.yaml [-f secrets.yaml] --set TIME|NAME|latest | --all [--deep] [-o text|json]',
  summary: 'Read every file of a set back and compare it with the manifest',
  options: {
    ...backupOptions,
    ...outputOption,
    set: { type: 'string' },
    all: { type: 'boolean' },
    deep: { type: 'boolean' },
  },
  optionTexts: {
    ...backupOptionTexts,
    set: setOptionText,
    all: 'All sets of the backup',
    deep: 'Parse every file as well (csv, xlsx, json, sql) and compare the rows of each table',
  },
  async run(invocation) {
    const { values, io, signal } = invocation;
    const output = outputFormat(values.output);
    if ((values.set === undefined) === (values.all !== true)) {
      throw new BackupError('InvalidSpec', 'Name one set (--set TIME, --set latest) or --all.');
    }
    await using opened = await openBackup(invocation);
    const inventory = await takeInventory(opened, signal);
    const sets = values.all === true ? inventory.sets : [findSet(inventory.sets, String(values.set))];
    const verdicts: SetVerdict[] = [];
    for (const set of sets) {
      const write = output === 'text' ? (line: string) => io.stdout.write(`${line}\n`) : () => {};
      verdicts.push(await verifySet(set, { opened, inventory, invocation, write }));
    }
    if (output === 'json') io.stdout.write(`${JSON.stringify({ sets: verdicts })}\n`);
    else if (sets.length === 0) io.stdout.write('The folder holds no set of this backup.\n');
    return worstStatus(verdicts.flatMap(reasonsOf));
  },
};

interface Verifying {
  readonly opened: OpenedBackup;
  readonly inventory: Inventory;
  readonly invocation: Invocation;
  readonly write: (line: string) => void;
}

async function verifySet(
  set: ListedSet,
  { opened, inventory, invocation, write }: Verifying,
): Promise<SetVerdict> {
  const { values, io, signal } = invocation;
  const { destination, services } = opened;
  const files: FileVerdict[] = [];
  write(onOneLine(set.damage === undefined ? set.name : `${set.name}: damaged: ${set.damage}`));
  for (const file of setFiles(set, inventory)) {
    let read = 0;
    const onBytes = (bytes: number) => {
      read += bytes;
      services.progress.stage = `${file.name}  ${sizeInWords(read)} of ${sizeInWords(file.bytes)}`;
    };
    const bar = showProgress(services.progress, io.stderr);
    try {
      files.push(await verifyFile(file, set, { destination, deep: values.deep === true, onBytes }, signal));
    } finally {
      bar[Symbol.dispose]();
    }
    write(fileLine(files.at(-1)));
  }
  const ok = set.damage === undefined && files.every((file) => file.ok);
  return { set: set.name, ok, damage: set.damage, files };
}

function fileLine(file: FileVerdict | undefined): string {
  if (file === undefined) return '';
  if (!file.ok) return `  ✗ ${onOneLine(`${file.name}: ${file.reason}: ${file.message}`)}`;
  const rows = file.rows === undefined ? '' : `, ${countOf(file.rows, 'row')}`;
  return `  ✓ ${onOneLine(file.name)}: ${sizeInWords(file.bytes)}${rows}`;
}

function reasonsOf({ damage, files }: SetVerdict): FailureReason[] {
  const reasons = files.flatMap(({ reason }) => reason ?? []);
  return damage !== undefined && reasons.length === 0 ? ['ChecksumMismatch'] : reasons;
}
