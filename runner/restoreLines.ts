import type { ManifestFile } from '../crds/manifest.ts';
import { quotedIdentifier } from './database/selectStatement.ts';
import type { Server } from './database/server.ts';
import type { SourceTable } from './database/tables.ts';
import { clearName, isEncrypted } from './encryption/encryptedName.ts';
import { shortRecipient } from './encryption/recipients.ts';
import { safeFileName, UniqueNames } from './exporters/uniqueNames.ts';

type NamedFile = Pick<ManifestFile, 'name' | 'format'>;
type NamedTable = Pick<SourceTable, 'schema' | 'name' | 'title' | 'kind' | 'columns'>;

const quotedWord = (word: string) =>
  /^[A-Za-z0-9_.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
const quotedText = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * How a person with the files alone restores the set: commands line by line, for manifest and mail. docs/restore.md
 * has the same ones with their reasons.
 */
export function restoreLines(
  files: readonly NamedFile[],
  { roles }: Pick<Server, 'roles'>,
  tables: readonly NamedTable[],
): string[] {
  const of = (format: string) => files.find((file) => file.format === format);
  const [sql, schema, csv] = [of('sql'), of('schema'), of('csv')];
  const prepare = [
    ...(files.some(({ name }) => isEncrypted(name)) ? [keyLine] : []),
    ...(roles.length === 0
      ? []
      : [`# Roles that the database refers to; leave out those that exist: ${roles.join(', ')}`]),
    ...roles
      .filter((role) => role !== 'postgres' && !role.startsWith('pg_'))
      .map((role) => `createuser --no-login ${quotedWord(role)}`),
    'createdb restored',
  ];
  if (sql) return [...prepare, `${opened(sql.name)} | psql --set ON_ERROR_STOP=1 --dbname restored`];
  return [
    ...prepare,
    ...(schema ? [schemaLine(schema.name)] : []),
    ...(csv
      ? csvLines(csv.name, tables)
      : ['# The rows are in the files beside this one: dbbackup restore reads json.']),
  ];
}

const keyLine =
  '# key.txt: the identity (AGE-SECRET-KEY-1…) of one of the recipients, which age-keygen made.';

/** The same for the manifest of an encrypted set, which names no table and no role: it leads to those that do. */
export function openingLines(files: readonly NamedFile[], recipients: readonly string[]): string[] {
  const of = (format: string) => files.find((file) => file.format === format);
  const [sql, tables] = [of('sql'), of('tables')];
  return [
    `# Encrypted with age (https://age-encryption.org) for ${recipients.map(shortRecipient).join(', ')}.`,
    keyLine,
    ...(tables
      ? [
          '# Tables with their rows, roles, and under "restore" all lines to restore by:',
          `${decrypted(tables.name)} > ${clearName(tables.name)}`,
        ]
      : []),
    ...(sql
      ? [
          '# If the database refers to no roles but postgres, this is all:',
          'createdb restored',
          `${opened(sql.name)} | psql --set ON_ERROR_STOP=1 --dbname restored`,
        ]
      : []),
  ];
}

const decrypted = (name: string) => `age --decrypt --identity key.txt ${name}`;

function schemaLine(name: string): string {
  const psql = 'psql --set ON_ERROR_STOP=1 --dbname restored';
  return isEncrypted(name) ? `${decrypted(name)} | ${psql}` : `${psql} --file ${name}`;
}

function opened(name: string): string {
  const clear = clearName(name);
  const program = clear.endsWith('.gz') ? 'gunzip --stdout' : clear.endsWith('.zst') ? 'zstdcat' : undefined;
  if (!isEncrypted(name)) return `${program ?? 'cat'} ${name}`;
  return program === undefined ? decrypted(name) : `${decrypted(name)} | ${program}`;
}

/** As a superuser: the setting lets rows in whatever the order of the tables, and keeps triggers silent. */
const freely =
  "PGOPTIONS='-c session_replication_role=replica' psql --set ON_ERROR_STOP=1 --single-transaction --dbname restored --file=-";

function csvLines(name: string, tables: readonly NamedTable[]): string[] {
  const archive = clearName(name);
  const archived = archive.endsWith('.zip');
  const names = new UniqueNames();
  const rows = tables.map((table) => ({ table, file: `rows/${names.take(safeFileName(table.title))}.csv` }));
  return [
    ...(archived && isEncrypted(name) ? [`${decrypted(name)} > ${archive}`] : []),
    archived ? `unzip -q -d rows ${archive}` : `${opened(name)} > rows.csv`,
    `${freely} <<'END'`,
    ...rows
      .filter(({ table: { kind } }) => kind === 'r' || kind === 'p')
      .map(({ table, file }) => copyLine(table, archived ? file : 'rows.csv')),
    ...afterwards,
    'END',
  ];
}

function copyLine({ schema, name, columns }: NamedTable, file: string): string {
  const written = columns
    .filter(({ generated }) => !generated)
    .map((column) => quotedIdentifier(column.name));
  const list = written.length === 0 ? '' : ` (${written.join(', ')})`;
  const table = `${quotedIdentifier(schema)}.${quotedIdentifier(name)}`;
  return `\\copy ${table}${list} from ${quotedText(file)} with (format csv, header)`;
}

const afterwards = [
  '-- Sequences behind the greatest value, and the materialized views:',
  "SELECT format('SELECT setval(%L, max(%I)) FROM %s HAVING count(*) > 0', s.oid::regclass, a.attname, a.attrelid::regclass) FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE s.relkind = 'S' \\gexec",
  "SELECT format('REFRESH MATERIALIZED VIEW %s', oid::regclass) FROM pg_class WHERE relkind = 'm' AND NOT relispopulated ORDER BY oid \\gexec",
];
