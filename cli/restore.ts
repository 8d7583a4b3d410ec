import { BackupError } from '../crds/failureReason.ts';
import { countOf, durationInWords, onOneLine } from '../crds/inWords.ts';
import { targetName } from '../runner/database/connection.ts';
import { type DatabaseTarget, uriTarget } from '../runner/database/databaseTarget.ts';
import { contentLines } from '../runner/restore/contentLines.ts';
import { goodManifest } from '../runner/restore/goodManifest.ts';
import { type Restore, type Restored, restoreSet } from '../runner/restore/restoreSet.ts';
import { sourceTarget } from '../runner/restore/sourceTarget.ts';
import { committedText, stoppedText } from '../runner/restore/stoppedText.ts';
import type { Content } from '../runner/restore/targetContents.ts';
import { verifyRows } from '../runner/restore/verifyRows.ts';
import { findSet } from '../runner/sets/findSet.ts';
import { takeInventory } from '../runner/sets/listedSet.ts';
import { backupOptions, backupOptionTexts } from './backupFile.ts';
import type { Command, Invocation } from './command.ts';
import { confirm, isTerminal } from './confirm.ts';
import { chosenIdentities, identityOption, identityOptionText } from './identityOption.ts';
import { type OpenedBackup, openBackup } from './openBackup.ts';
import { folderOptions, folderOptionTexts, type OpenedFolder, openFolder } from './openFolder.ts';
import { outputFormat, outputOption } from './output.ts';
import { showProgress } from './progressBar.ts';
import { setOptionText } from './setOption.ts';

/** `dbbackup restore`: a set back into a database, checked on the way. */
export const restoreCommand: Command = {
  name: 'restore',
  usage:
    '(-f backup.yaml [-f secrets.yaml] | --without-cluster --folder ID --token token.json) --set TIME|NAME|latest --to URI [--create] [--clean] [--tables a,b] [--identity key.txt]',
  summary: 'Restore a set into a database, all of it or nothing',
  options: {
    ...backupOptions,
    ...folderOptions,
    ...outputOption,
    ...identityOption,
    set: { type: 'string' },
    to: { type: 'string' },
    tables: { type: 'string', multiple: true },
    create: { type: 'boolean' },
    clean: { type: 'boolean' },
    yes: { type: 'boolean' },
    'create-roles': { type: 'boolean' },
    'allow-source': { type: 'boolean' },
    'verify-rows': { type: 'boolean' },
  },
  optionTexts: {
    ...backupOptionTexts,
    ...folderOptionTexts,
    ...identityOptionText,
    set: setOptionText,
    to: 'postgresql://user@host:5432/dbname of the target; its password may stand in PGPASSWORD',
    tables:
      'Rows of these tables alone (a,b or shop.*), from csv or json, into tables that exist and are empty',
    create: 'Make the database',
    clean: 'Drop what the target holds (with --tables: empty these tables) after showing it and asking',
    yes: 'Do not ask',
    'create-roles': 'Make roles that the set refers to and the server lacks, without a login',
    'allow-source': 'Restore into the very database that the set was taken from',
    'verify-rows': 'After the COMMIT read every row again, and compare each table with its checksum',
  },
  async run(invocation) {
    const { values, io, signal } = invocation;
    const output = outputFormat(values.output);
    const wanted = required(values.set, '--set TIME, or --set latest');
    const to = required(values.to, 'the database to restore into: --to postgresql://user@host:5432/dbname');
    const target = uriTarget(to, '--to', io.env.PGPASSWORD);
    await using opened = await open(invocation);
    const { destination, services } = opened;
    const inventory = await takeInventory(opened, signal);
    const set = findSet(inventory.sets, wanted);
    let bar: Disposable | undefined;
    const show = () => {
      bar = showProgress(services.progress, io.stderr);
    };
    const hide = () => bar?.[Symbol.dispose]();
    const clean: Restore['clean'] = async (contents) => {
      hide();
      const agreed = await mayDrop(contents, set.name, target, invocation);
      show();
      return agreed;
    };
    const restore: Restore = {
      manifest: goodManifest(set),
      destination,
      identities: await chosenIdentities(values, services),
      target,
      sourceTarget:
        'backup' in opened
          ? await sourceTarget(opened.backup.spec.database, opened.services.secrets)
          : undefined,
      tables: tableNames(values.tables),
      create: values.create === true,
      createRoles: values['create-roles'] === true,
      allowSource: values['allow-source'] === true,
      clean: values.clean === true ? clean : undefined,
    };
    show();
    let restored: Restored | undefined;
    try {
      restored = await restoreSet(restore, services, signal);
    } catch (error) {
      hide();
      if (signal.aborted) io.stderr.write(`${stoppedText(target, services.progress)}\n`);
      throw error;
    }
    if (restored === undefined) {
      hide();
      io.stdout.write('Nothing was changed.\n');
      return 0;
    }
    const verified =
      values['verify-rows'] === true
        ? await compared(restore, restored, opened, invocation).finally(hide)
        : {};
    hide();
    const result = { ...restored, ...verified };
    io.stdout.write(output === 'json' ? `${JSON.stringify(result)}\n` : restoredText(result));
    return 0;
  },
};

/** Compares what is in the target by now with the checksums of the manifest. */
async function compared(
  restore: Restore,
  restored: Restored,
  { services }: OpenedBackup | OpenedFolder,
  { io, signal }: Invocation,
): Promise<{ comparedTables: number }> {
  try {
    return { comparedTables: await verifyRows(restore, restored, services, signal) };
  } catch (error) {
    io.stderr.write(`${committedText(restore.target)}\n`);
    throw error;
  }
}

async function open(invocation: Invocation): Promise<OpenedBackup | OpenedFolder> {
  const { values } = invocation;
  if (values['without-cluster'] !== true) {
    for (const option of ['folder', 'token', 'from']) {
      if (values[option] === undefined) continue;
      throw new BackupError(
        'InvalidSpec',
        `--${option} belongs to --without-cluster, and -f to the form with a YAML.`,
      );
    }
    return openBackup(invocation);
  }
  if (values.file !== undefined) {
    throw new BackupError(
      'InvalidSpec',
      'Name either the YAML (-f) or --without-cluster with --folder, not both.',
    );
  }
  return openFolder(invocation);
}

async function mayDrop(
  contents: readonly Content[],
  set: string,
  target: DatabaseTarget,
  { values, io, signal }: Invocation,
): Promise<boolean> {
  const place = targetName(target);
  const lines = contentLines(contents).map((line) => `  ${line}\n`);
  io.stderr.write(`Of ${place} this goes:\n${lines.join('')}`);
  if (values.yes === true) return true;
  if (!isTerminal(io)) {
    throw new BackupError('InvalidSpec', 'Nothing was changed. Without a terminal --clean needs --yes.');
  }
  return confirm(`Drop it and restore ${set}?`, { ...io, stdout: io.stderr }, signal);
}

function restoredText(restored: Restored & { readonly comparedTables?: number }): string {
  const { set, target, tables, rows, seconds, format, notes, comparedTables } = restored;
  const contents =
    comparedTables === undefined ? '' : `; the contents of ${countOf(comparedTables, 'table')} are, too`;
  return [
    `✓ ${set} restored into ${target} from ${format}: ${countOf(tables, 'table')}, ${countOf(rows, 'row')} in ${durationInWords(seconds)}; rows are those of the manifest${contents}`,
    ...notes.map((note) => `note: ${onOneLine(note)}`),
    '',
  ].join('\n');
}

function tableNames(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = value.flatMap((item) => String(item).split(',')).filter((name) => name !== '');
  if (names.length > 0) return names;
  throw new BackupError('InvalidSpec', 'Name at least one table with --tables.');
}

function required(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new BackupError('InvalidSpec', `Name ${what}.`);
}
