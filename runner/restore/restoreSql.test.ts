import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram } from '../../sandbox/postgres/findProgram.ts';
import { requireProgram, temporaryDirectory, testDatabase, testPostgres } from '../../sandbox/testing.ts';
import { uriTarget } from '../database/databaseTarget.ts';
import { findPsql, knowsRestrict } from '../database/psql.ts';
import type { Destination } from '../destinations/destination.ts';
import { runProgress } from '../progress.ts';
import { restoreSQL } from './restoreSql.ts';

const { signal } = new AbortController();

/** Restores a dump of this text into an empty database; gives its URI. */
async function restored(t: TestContext, dump: string): Promise<string> {
  const uri = await testDatabase(t);
  const content = Buffer.from(dump);
  const read = async function* () {
    yield Uint8Array.from(content);
  };
  const sha256 = createHash('sha256').update(content).digest('hex');
  const file = { id: '1', name: 'backup.sql', format: 'sql' as const, contentType: 'application/sql' };
  await restoreSQL(
    {
      psql: await findPsql(findProgram('psql')?.path ?? 'psql', signal),
      target: uriTarget(uri, 'the test'),
      serverVersion: 150000,
      source: { destination: { read } as unknown as Destination, onBytes: () => {} },
      file: { ...file, bytes: content.length, sha256 },
      ...{ tables: [], before: [], progress: runProgress() },
    },
    signal,
  );
  return uri;
}

test('commands of psql in a forged dump are not obeyed, whatever it does to be', async (t) => {
  if (!requireProgram(t, 'psql', 'apt-get install postgresql-client')) return;
  const { query } = await testPostgres(t);
  for (const before of ['', '\\restrict abc\n\\unrestrict abc\n', '\\unrestrict abc\n']) {
    for (const command of [
      '\\! touch FILE',
      'SELECT 1 \\g FILE',
      '\\copy items TO FILE',
      '\\o FILE\nSELECT 1;',
    ]) {
      const witness = join(await temporaryDirectory(t), 'was-here');
      const dump = `${before}CREATE TABLE items (id int);\n${command.replace('FILE', witness)}\n`;
      await assert.rejects(restored(t, dump), {
        reason: 'RestoreFailed',
        message: /holds commands of psql, which pg_dump does not write/,
      });
      assert.equal(existsSync(witness), false, command);
    }
  }
  const uri = await restored(
    t,
    `--\n\n\\restrict abc\n\nCREATE TABLE items (note text);\nINSERT INTO items VALUES ('\n\\unrestrict xyz\n');\n\\unrestrict abc\n`,
  );
  assert.deepEqual(await query('SELECT note FROM items', uri), [{ note: '\n\\unrestrict xyz\n' }]);
});

test('releases of psql that know \\restrict', () => {
  const knows = (version: string) =>
    knowsRestrict({ path: '', version, major: Number.parseInt(version, 10) });
  const yes = ['13.22', '14.19', '15.14', '16.10', '17.6', '18', '18.0', '18beta3', '19devel'];
  const no = ['12.22', '13.21', '14.18', '15.13', '16.9', '17.5', '17'];
  assert.deepEqual(
    yes.filter((version) => !knows(version)),
    [],
  );
  assert.deepEqual(no.filter(knows), []);
});
