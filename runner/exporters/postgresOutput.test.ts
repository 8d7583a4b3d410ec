import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import type { PostgresAccess } from '../../sandbox/postgres/access.ts';
import { testPostgres, testPostgres18 } from '../../sandbox/testing.ts';
import { csvExporter } from './csv.ts';
import { jsonExporter } from './json.ts';
import { CollectingSink, connectedClient, copyIn, copyOut, exportFromServer } from './rowTesting.ts';
import { createTypes, typedColumns } from './typeValues.ts';

const names = typedColumns.map(([type], index) => `c${index} "${type}"`);
const quoted = names.map((name) => pg.escapeIdentifier(name));
const row = fc.tuple(...typedColumns.map(([, values]) => fc.option(values, { freq: 6 })));
const zones = fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/St_Johns');

for (const [major, server] of [
  [15, testPostgres],
  [18, testPostgres18],
] as [number, () => Promise<PostgresAccess>][]) {
  test(`PostgreSQL ${major}: CSV is COPY's and JSON is row_to_json's, byte for byte, for all types`, async (t) => {
    const access = await server();
    const uri = await access.createDatabase();
    const client = await connectedClient(t, uri);
    t.after(() => access.dropDatabase(uri));
    await client.query(createTypes);
    const columns = typedColumns.map(([type], index) => `${quoted[index]} ${type}`).join(', ');
    await client.query(`CREATE TABLE "all types" (${columns})`);
    await client.query('CREATE TABLE loaded (LIKE "all types")');
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 6 }), zones, async (rows, zone) => {
        await client.query(`TRUNCATE "all types", loaded; SET TimeZone = '${zone}'`);
        for (const values of rows) {
          const casts = typedColumns.map(([type], index) => `$${index + 1}::text::${type}`);
          await client.query(`INSERT INTO "all types" VALUES (${casts})`, values);
        }
        const [csv, json] = [new CollectingSink(), new CollectingSink()];
        await exportFromServer(
          client,
          [csvExporter(csv, 'None'), jsonExporter(json, 'None')],
          ['public.all types'],
        );
        const copied = await copyOut(
          client,
          'COPY (SELECT * FROM "all types") TO STDOUT (FORMAT csv, HEADER)',
        );
        assert.equal(csv.text, copied.toString());
        const { rows: objects } = await client.query<{ json: string }>(
          'SELECT row_to_json(t)::text AS json FROM "all types" t',
        );
        const lines = objects.map(({ json }) => `\n${json}`).join(',');
        assert.equal(json.text, `{\n"all types":[${lines}${lines === '' ? '' : '\n'}]\n}\n`);
        JSON.parse(json.text);
        await copyIn(client, 'COPY loaded FROM STDIN (FORMAT csv, HEADER MATCH)', csv.bytes);
        assert.deepEqual(await copyOut(client, 'COPY loaded TO STDOUT (FORMAT csv, HEADER)'), copied);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
}
