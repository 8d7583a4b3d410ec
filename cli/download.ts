import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BackupError } from '../crds/failureReason.ts';
import { countOf, onOneLine, sizeInWords } from '../crds/inWords.ts';
import { fileFormats } from '../crds/runReport.ts';
import { plainName } from '../runner/destinations/directoryError.ts';
import { clearName, isEncrypted } from '../runner/encryption/encryptedName.ts';
import type { Identities } from '../runner/encryption/identities.ts';
import { findSet } from '../runner/sets/findSet.ts';
import { type Inventory, takeInventory } from '../runner/sets/listedSet.ts';
import { type SetFile, setFiles } from '../runner/sets/setFiles.ts';
import { worstStatus } from '../runner/worstStatus.ts';
import { backupOptions, backupOptionTexts } from './backupFile.ts';
import type { Command, Invocation } from './command.ts';
import { fetchDecrypted } from './fetchDecrypted.ts';
import { chosenIdentities, identityOption, identityOptionText } from './identityOption.ts';
import { type OpenedBackup, openBackup } from './openBackup.ts';
import { showProgress } from './progressBar.ts';
import { localError, refuseExisting, type SavedFile, saveFile } from './saveFile.ts';
import { setOptionText } from './setOption.ts';

/** `dbbackup download`: the files of a set, checked against its manifest as they arrive. */
export const downloadCommand: Command = {
  name: 'download',
  usage:
    '-f backup.yaml [-f secrets.yaml] --set TIME|NAME|latest --to DIR [--format csv …] [--identity key.txt] [--force]',
  summary: 'Fetch the files of a set and check them',
  options: {
    ...backupOptions,
    ...identityOption,
    set: { type: 'string' },
    to: { type: 'string' },
    format: { type: 'string', multiple: true },
    force: { type: 'boolean' },
  },
  optionTexts: {
    ...backupOptionTexts,
    ...identityOptionText,
    set: setOptionText,
    to: 'Folder for the files; made if it is missing. No file in it is overwritten',
    format: `Only this format (${fileFormats.join(', ')}); may be repeated`,
    force: 'Fetch what is left of a damaged set',
  },
  async run(invocation) {
    const { values, signal } = invocation;
    const wanted = required(values.set, '--set TIME, or --set latest');
    const folder = resolve(required(values.to, 'the folder for the files: --to DIR'));
    const formats = formatsOf(values.format);
    await using opened = await openBackup(invocation);
    const inventory = await takeInventory(opened, signal);
    const force = values.force === true;
    const files = chosenFiles(inventory, wanted, formats, force);
    await mkdir(folder, { recursive: true }).catch((error) => {
      throw localError(error, folder, folder);
    });
    const identities = await chosenIdentities(values, opened.services);
    const localName = (name: string) => plainName(identities ? clearName(name) : name);
    for (const { name } of files) await refuseExisting(folder, localName(name));
    return fetchAll(files, { opened, folder, localName, identities, force, invocation });
  },
};

function chosenFiles(
  inventory: Inventory,
  wanted: string,
  formats: readonly string[],
  force: boolean,
): SetFile[] {
  const set = findSet(inventory.sets, wanted);
  if (set.damage !== undefined && !force) {
    throw new BackupError(
      'ChecksumMismatch',
      `Set ${set.name} is damaged: ${set.damage}. Choose another one, or fetch what is left of it with --force.`,
    );
  }
  const files = setFiles(set, inventory);
  const chosen = formats.length === 0 ? files : files.filter(({ format }) => formats.includes(format));
  if (chosen.length > 0) return chosen;
  const there = [...new Set(files.map(({ format }) => format))].join(', ');
  throw new BackupError('InvalidSpec', `Set ${set.name} has no ${formats.join(', ')}; it has ${there}.`);
}

interface Fetching {
  readonly opened: OpenedBackup;
  readonly folder: string;
  /** What a file is called in it. */
  readonly localName: (name: string) => string;
  /** What decrypts files on their way; without it they are kept as they are. */
  readonly identities: Identities | undefined;
  /** Keep files that arrive with other bytes than they should. */
  readonly force: boolean;
  readonly invocation: Pick<Invocation, 'io' | 'signal'>;
}

/** Fetches every file, also after one failed; the exit status is that of the first failure. */
async function fetchAll(files: readonly SetFile[], fetching: Fetching): Promise<number> {
  const { opened, folder, invocation } = fetching;
  const { io, signal } = invocation;
  const { progress } = opened.services;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let failure: BackupError | undefined;
  let arrived = 0;
  for (const file of files) {
    const bar = showProgress(progress, io.stderr);
    let line: string;
    try {
      const saved = await fetchOne(file, fetching, (bytes) => {
        arrived += bytes;
        progress.stage = `${file.name}  ${sizeInWords(arrived)} of ${sizeInWords(total)}`;
      });
      const name = onOneLine(fetching.localName(file.name));
      line = `✓ ${name}  ${sizeInWords(saved.bytes)}  sha256 ${saved.sha256}\n`;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BackupError)) throw error;
      failure ??= error;
      line = `✗ ${onOneLine(`${file.name}: ${error.reason}: ${error.message}`)}\n`;
    } finally {
      bar[Symbol.dispose]();
    }
    io.stdout.write(line);
  }
  if (failure !== undefined) return worstStatus([failure.reason]);
  io.stdout.write(`${countOf(files.length, 'file')}, ${sizeInWords(arrived)}, in ${folder}\n`);
  if (fetching.identities === undefined && files.some(({ name }) => isEncrypted(name))) {
    io.stdout.write(
      'They are encrypted: age --decrypt --identity key.txt FILE.age > FILE opens one, --identity key.txt fetches all in clear.\n',
    );
  }
  return 0;
}

async function fetchOne(
  file: SetFile,
  { opened, folder, localName, identities, force, invocation }: Fetching,
  onBytes: (bytes: number) => void,
): Promise<SavedFile> {
  if (file.stored === undefined) throw new BackupError('ChecksumMismatch', `${file.name} is missing.`);
  const { signal } = invocation;
  const content = opened.destination.read(file.stored.id, signal);
  const sealed = identities !== undefined && isEncrypted(file.name);
  const accept = (arrived: SavedFile) => {
    const error = difference(file, arrived);
    // What differs cannot be decrypted to its end anyway.
    if (error !== undefined && (sealed || !force)) throw error;
  };
  if (sealed) return fetchDecrypted({ folder, name: file.name, identities, accept, onBytes }, content);
  const saved = await saveFile({ folder, name: localName(file.name), accept, onBytes }, content);
  const error = difference(file, saved);
  if (error === undefined) return saved;
  throw new BackupError('ChecksumMismatch', `${error.message.slice(0, -1)}; it was kept, as --force says.`);
}

/** What is wrong with a file that arrived; undefined if nothing is. */
function difference({ name, bytes, sha256 }: SetFile, saved: SavedFile): BackupError | undefined {
  if (saved.bytes !== bytes) {
    return new BackupError(
      'ChecksumMismatch',
      `${name} arrived with ${saved.bytes} bytes instead of ${bytes}.`,
    );
  }
  if (sha256 === undefined || saved.sha256 === sha256) return undefined;
  return new BackupError('ChecksumMismatch', `${name} arrived with other bytes than were written.`);
}

function required(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new BackupError('InvalidSpec', `Name ${what}.`);
}

function formatsOf(value: unknown): string[] {
  const named = Array.isArray(value) ? value.flatMap((item) => String(item).split(',')) : [];
  const unknown = named.find((format) => !fileFormats.some((known) => known === format));
  if (unknown === undefined) return named;
  throw new BackupError('InvalidSpec', `${unknown} is not a format: write ${fileFormats.join(', ')}.`);
}
