import { BackupError, type FailureReason } from '../crds/failureReason.ts';
import { countOf, onOneLine, sizeInWords } from '../crds/inWords.ts';
import type { Manifest } from '../crds/manifest.ts';
import type { Destination } from '../runner/destinations/destination.ts';
import type { Identities } from '../runner/encryption/identities.ts';
import { openedManifest } from '../runner/encryption/openedManifest.ts';
import { findSet } from '../runner/sets/findSet.ts';
import { type Inventory, type ListedSet, takeInventory } from '../runner/sets/listedSet.ts';
import { setFiles } from '../runner/sets/setFiles.ts';
import { worstStatus } from '../runner/worstStatus.ts';
import { backupOptions, backupOptionTexts } from './backupFile.ts';
import type { Command, Invocation } from './command.ts';
import { chosenIdentities, identityOption, identityOptionText } from './identityOption.ts';
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
  usage:
    '-f backup.yaml [-f secrets.yaml] --set TIME|NAME|latest | --all [--deep] [--identity key.txt] [-o text|json]',
  summary: 'Read every file of a set back and compare it with the manifest',
  options: {
    ...backupOptions,
    ...outputOption,
    ...identityOption,
    set: { type: 'string' },
    all: { type: 'boolean' },
    deep: { type: 'boolean' },
  },
  optionTexts: {
    ...backupOptionTexts,
    ...identityOptionText,
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
    const identities = await chosenIdentities(values, opened.services);
    if (values.deep === true && identities === undefined) refuseSealed(sets);
    const verdicts: SetVerdict[] = [];
    for (const set of sets) {
      const write = output === 'text' ? (line: string) => io.stdout.write(`${line}\n`) : () => {};
      verdicts.push(await verifySet(set, { opened, inventory, identities, invocation, write }));
    }
    if (output === 'json') io.stdout.write(`${JSON.stringify({ sets: verdicts })}\n`);
    else if (sets.length === 0) io.stdout.write('The folder holds no set of this backup.\n');
    return worstStatus(verdicts.flatMap(reasonsOf));
  },
};

function refuseSealed(sets: readonly ListedSet[]): void {
  const sealed = sets.find(({ manifest }) => manifest?.encryption !== undefined);
  if (sealed === undefined) return;
  throw new BackupError(
    'IdentityMissing',
    `Set ${sealed.name} is encrypted, and --deep looks into it. Without --deep sizes and checksums are compared.`,
  );
}

interface Verifying {
  readonly opened: OpenedBackup;
  readonly inventory: Inventory;
  readonly identities: Identities | undefined;
  readonly invocation: Invocation;
  readonly write: (line: string) => void;
}

async function verifySet(
  set: ListedSet,
  { opened, inventory, identities, invocation, write }: Verifying,
): Promise<SetVerdict> {
  const { values, io, signal } = invocation;
  const { destination, services } = opened;
  const files: FileVerdict[] = [];
  write(onOneLine(set.damage === undefined ? set.name : `${set.name}: damaged: ${set.damage}`));
  const { manifest, failure } = await namedManifest(set, destination, identities, signal);
  const deep = values.deep === true;
  for (const file of setFiles(set, inventory)) {
    let read = 0;
    const onBytes = (bytes: number) => {
      read += bytes;
      services.progress.stage = `${file.name}  ${sizeInWords(read)} of ${sizeInWords(file.bytes)}`;
    };
    const bar = showProgress(services.progress, io.stderr);
    try {
      files.push(await verifyFile(file, { manifest }, { destination, deep, identities, onBytes }, signal));
    } finally {
      bar[Symbol.dispose]();
    }
    write(fileLine(files.at(-1)));
  }
  const filesOk = files.every((file) => file.ok);
  // Where a file shows it as well, that line is enough.
  const damage = set.damage ?? (filesOk ? failure?.message : undefined);
  if (damage !== set.damage) write(`  ✗ ${onOneLine(damage ?? '')}`);
  return { set: set.name, ok: damage === undefined && filesOk, damage, files };
}

/** The manifest with the names of its tables, or why an encrypted set does not give them: its rows cannot be compared then. */
async function namedManifest(
  { manifest }: ListedSet,
  destination: Destination,
  identities: Identities | undefined,
  signal: AbortSignal,
): Promise<{ manifest: Manifest | undefined; failure?: BackupError }> {
  if (manifest?.encryption === undefined || identities === undefined) return { manifest };
  try {
    const source = { destination, identities, onBytes: () => {} };
    return { manifest: await openedManifest(manifest, source, signal) };
  } catch (failure) {
    signal.throwIfAborted();
    if (failure instanceof BackupError) return { manifest: undefined, failure };
    throw failure;
  }
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
