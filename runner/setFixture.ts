import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Client } from 'pg';
import { type Manifest, manifest } from '../crds/manifest.ts';
import type { FileFormat } from '../crds/runReport.ts';
import type { RunWorld } from '../sandbox/runWorld.ts';
import { testDatabase } from '../sandbox/testing.ts';
import { connectedClient, copyOut } from './exporters/rowTesting.ts';

/** A file of a set as it lies in the folder. */
export interface SetFile {
  readonly name: string;
  /** As the destination stores it. */
  readonly contentType: string;
  readonly bytes: Buffer;
  /** Without the compression that the name tells. */
  readonly content: Buffer;
}

/** A set read back from the fake, by format. */
export interface ReadSet {
  readonly manifest: Manifest;
  file(format: FileFormat): SetFile;
}

/** Reads a set back by its manifest, and asserts that every file is there with its size and hash. */
export async function readSet(world: Pick<RunWorld, 'google'>, set = ''): Promise<ReadSet> {
  const stored = world.google.files().filter(({ trashed }) => !trashed);
  const found = stored.find(({ name }) => name === `${set}.manifest.json`);
  assert.ok(found?.content, `there is no set ${set}`);
  const parsed = manifest.parse(JSON.parse(await readFile(found.content.path, 'utf8')));
  const files = new Map<FileFormat, SetFile>();
  for (const { id, name, format, bytes, sha256, contentType } of parsed.files) {
    const file = stored.find((one) => one.id === id);
    const content = await readFile(file?.content?.path ?? '');
    assert.deepEqual(
      [file?.name, file?.mimeType, content.length, createHash('sha256').update(content).digest('hex')],
      [name, contentType, bytes, sha256],
    );
    files.set(format, { name, contentType, bytes: content, content: decompressed(name, content) });
  }
  return {
    manifest: parsed,
    file(format) {
      const file = files.get(format);
      assert.ok(file, `the set has no ${format}`);
      return file;
    },
  };
}

function decompressed(name: string, bytes: Buffer): Buffer {
  if (name.endsWith('.gz')) return gunzipSync(bytes);
  return name.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes;
}

/** A table's rows as PostgreSQL itself writes them. */
export interface TableText {
  readonly title: string;
  readonly csv: Buffer;
  /** With row_to_json, as the JSON file holds it. */
  readonly json: string;
  /** Columns that hold text and nothing else, by their place among all. */
  readonly texts: readonly number[];
}

/** What the tables of a database hold by COPY and row_to_json, under the settings that a run has. */
export async function tableTexts(client: Client, tables: Manifest['tables']): Promise<TableText[]> {
  await client.query(`SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET search_path = pg_catalog; SET synchronize_seqscans = off`);
  const texts: TableText[] = [];
  for (const { schema, name, title } of tables) {
    const { rows: columns } = await client.query<{
      name: string;
      copied: boolean;
      text: boolean;
      only: boolean;
    }>(
      `SELECT a.attname AS name, a.attgenerated = '' AS copied, a.atttypid IN (25, 1043) AS text, c.relkind = 'r' AS only
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
      [schema, name],
    );
    const quoted = (identifier: string) => client.escapeIdentifier(identifier);
    const source = `${columns[0]?.only ? 'ONLY ' : ''}${quoted(schema)}.${quoted(name)}`;
    const list = columns.filter(({ copied }) => copied).map((column) => quoted(column.name));
    const csv = await copyOut(client, `COPY (SELECT ${list} FROM ${source}) TO STDOUT (FORMAT csv, HEADER)`);
    const { rows } = await client.query<{ json: string }>(
      `SELECT row_to_json(t)::text AS json FROM (SELECT * FROM ${source}) AS t`,
    );
    texts.push({
      title,
      csv,
      json: `${JSON.stringify(title)}:[${rows.map(({ json }) => `\n${json}`).join(',')}${rows.length > 0 ? '\n' : ''}]`,
      texts: columns.flatMap(({ text }, index) => (text ? [index] : [])),
    });
  }
  return texts;
}

/** A client of a new database into which psql loaded the SQL of a set. */
export async function restoredSQL(t: TestContext, psql: string, sql: Buffer): Promise<Client> {
  const uri = await testDatabase(t);
  const child = spawn(psql, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', uri], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  child.stdin.end(sql);
  const [status] = await once(child, 'close');
  assert.equal(status, 0, words);
  return connectedClient(t, uri);
}
