import type { ManifestFile } from '../crds/manifest.ts';
import type { Server } from './database/server.ts';

type NamedFile = Pick<ManifestFile, 'name' | 'format'>;

const quotedWord = (word: string) =>
  /^[A-Za-z0-9_.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** How a person with the files alone restores the set: commands line by line, for manifest and mail. */
export function restoreLines(files: readonly NamedFile[], { roles }: Pick<Server, 'roles'>): string[] {
  const sql = files.find(({ format }) => format === 'sql');
  const schema = files.find(({ format }) => format === 'schema');
  const csv = files.find(({ format }) => format === 'csv');
  const prepare = [
    ...(roles.length === 0
      ? []
      : [`# Roles that the database refers to; leave out those that exist: ${roles.join(', ')}`]),
    ...roles
      .filter((role) => role !== 'postgres' && !role.startsWith('pg_'))
      .map((role) => `createuser --no-login ${quotedWord(role)}`),
    'createdb restored',
  ];
  if (sql) return [...prepare, `${opened(sql.name)} | psql --set ON_ERROR_STOP=1 --dbname restored`];
  const rows = csv ? csvLines(csv.name) : ['# The rows are in the files beside this one.'];
  return [
    ...prepare,
    ...(schema ? [`psql --set ON_ERROR_STOP=1 --dbname restored --file ${schema.name}`] : []),
    ...rows,
  ];
}

function opened(name: string): string {
  if (name.endsWith('.gz')) return `gunzip --stdout ${name}`;
  if (name.endsWith('.zst')) return `zstdcat ${name}`;
  return `cat ${name}`;
}

function csvLines(name: string): string[] {
  const copy = (source: string) =>
    `psql --dbname restored --command "\\copy SCHEMA.TABLE (COLUMNS OF ITS FIRST LINE) from ${source} with (format csv, header)"`;
  if (!name.endsWith('.zip')) return [`${opened(name)} | ${copy('stdin')}`];
  return [`unzip ${name}`, '# For each table, referenced ones first:', copy("'TABLE.csv'")];
}
