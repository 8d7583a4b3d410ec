import { BackupError } from '../../crds/failureReason.ts';
import { type Manifest, type SetTables, setTables } from '../../crds/manifest.ts';
import { readSetText, type SetSource } from '../restore/readSetFile.ts';

/**
 * The manifest of a set with everything in it: of an encrypted one tables, roles and notes are read from the file that has
 * them. Throws IdentityMissing, IdentityMismatch, ChecksumMismatch, and what reading throws.
 */
export async function openedManifest(
  manifest: Manifest,
  source: SetSource,
  signal: AbortSignal,
): Promise<Manifest> {
  if (manifest.encryption === undefined) return manifest;
  const file = manifest.files.find(({ format }) => format === 'tables');
  if (file === undefined) {
    throw new BackupError(
      'RestoreFailed',
      `Set ${manifest.set} is encrypted, and its manifest has no tables.`,
    );
  }
  const { roles, tables, notes, restore } = parsed(
    file.name,
    await readSetText(source, file, signal),
    manifest,
  );
  const database = { ...manifest.database, ...(roles && { roles }) };
  return { ...manifest, database, tables, notes, restore };
}

/** Whoever may write into the folder can put another set's file here: it would be whole, and of other tables. */
function parsed(name: string, text: string, { set, rows }: Manifest): SetTables {
  const content = setTables.safeParse(json(text));
  if (!content.success) {
    throw new BackupError(
      'RestoreFailed',
      `${name} is whole, and has not the form of what an encrypted set has.`,
    );
  }
  const { tables } = content.data;
  if (content.data.set !== set || tables.reduce((sum, table) => sum + table.rows, 0) !== rows) {
    throw new BackupError('ChecksumMismatch', `${name} belongs to another set than its manifest, ${set}.`);
  }
  return content.data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
