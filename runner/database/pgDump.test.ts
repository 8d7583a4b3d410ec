import assert from 'node:assert/strict';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import {
  eventually,
  requireProgram,
  temporaryDirectory,
  testDatabase,
  testPostgres,
} from '../../sandbox/testing.ts';
import type { DatabaseTarget } from './databaseTarget.ts';
import { type DumpOptions, dump, findPgDump, requireNewEnough } from './pgDump.ts';
import { relations } from './tables.ts';

const never = new AbortController().signal;
const nowhere: DatabaseTarget = {
  host: '127.0.0.1',
  port: 1,
  database: 'shop',
  user: 'u',
  password: 'Geheim-4711',
  sslMode: 'disable',
};
const options: DumpOptions = { snapshot: '0-0-0', schemaOnly: false, withoutRows: [], lockTimeout: 60_000 };
const ending = '--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n';

/** A program in the place of pg_dump: a shell script. */
async function program(t: TestContext, script: string): Promise<string> {
  const path = join(await temporaryDirectory(t), 'pg_dump');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** What a run of it comes to. */
async function dumped(path: string, more: Partial<DumpOptions> = {}, target = nowhere): Promise<string> {
  const chunks: Buffer[] = [];
  const sink = {
    write: async (bytes: Uint8Array) => {
      chunks.push(Buffer.from(bytes));
    },
  };
  await dump({ path, version: '15.0', major: 15 }, target, { ...options, ...more }, sink, never);
  return String(Buffer.concat(chunks));
}

test('finds the version of a pg_dump, and names a program that is missing, not executable or something else', async (t) => {
  const debian = await program(t, "echo 'pg_dump (PostgreSQL) 17.6 (Debian 17.6-1.pgdg12+1)'");
  assert.deepEqual(await findPgDump(debian, never), { path: debian, version: '17.6', major: 17 });
  const beta = await program(t, "echo 'pg_dump (PostgreSQL) 18beta1'");
  assert.equal((await findPgDump(beta, never)).major, 18);

  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'text'), 'no program');
  for (const path of [join(directory, 'none'), join(directory, 'text'), directory]) {
    await assert.rejects(findPgDump(path, never), {
      reason: 'PgDumpMissing',
      message: `There is no pg_dump program at ${path}.`,
    });
  }
  const other = await program(t, 'echo hello');
  await assert.rejects(findPgDump(other, never), {
    reason: 'PgDumpMissing',
    message: /does not answer --version/,
  });
});

test('refuses servers of a newer major version, and none else', () => {
  const pgDump = { path: 'pg_dump', version: '15.18', major: 15 };
  for (const major of [9, 14, 15]) requireNewEnough(pgDump, major, `${major}.1`);
  assert.throws(() => requireNewEnough(pgDump, 16, '16.2'), {
    reason: 'PgDumpTooOld',
    message: 'pg_dump 15.18 cannot dump a server of version 16.2: it must be at least 16.',
  });
});

test('a dump that ends as pg_dump ends it is whole, wherever the chunks part', async (t) => {
  for (const part of [1, 20, 40, ending.length - 1]) {
    const [before, after] = [ending.slice(0, part), ending.slice(part)];
    const path = await program(
      t,
      `cat <<'X'\n${'a line\n'.repeat(2000)}X\nprintf %s '${before.replaceAll("'", "'\\''")}'\nsleep 0.05\nprintf %s '${after}'`,
    );
    assert.equal(await dumped(path), `${'a line\n'.repeat(2000)}${ending}`);
  }
});

test('a dump that breaks off is a failure, even with exit status 0', async (t) => {
  for (const script of [
    "echo 'CREATE TABLE a (b int);'",
    'exit 0',
    `printf %s '${ending}'; yes | head -c 5000`,
  ]) {
    await assert.rejects(dumped(await program(t, script)), {
      reason: 'DumpFailed',
      message: 'pg_dump ended with exit status 0, but its dump has no end.',
    });
  }
});

test('a pg_dump that is killed or fails half-way is a failure, however whole its dump looks', async (t) => {
  const whole = `printf %s '${ending}'`;
  await assert.rejects(dumped(await program(t, `${whole}; kill -9 $$`)), {
    reason: 'DumpFailed',
    message: 'pg_dump was ended by SIGKILL.',
  });
  await assert.rejects(dumped(await program(t, `${whole}; exit 3`)), {
    reason: 'DumpFailed',
    message: 'pg_dump ended with exit status 3.',
  });
});

const words: [words: string, reason: FailureReason][] = [
  ['pg_dump: error: Dumping the contents of table "t" failed: PQgetResult() failed.', 'DumpFailed'],
  ['pg_dump: error: query failed: ERROR:  could not obtain lock on relation "t"', 'LockTimeout'],
  ['pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout', 'LockTimeout'],
  ['pg_dump: error: query failed: ERROR:  invalid snapshot identifier: "0-0-0"', 'ServerMismatch'],
  ['pg_dump: error: query failed: ERROR:  snapshot "0-0-0" does not exist', 'ServerMismatch'],
  ['pg_dump: error: aborting because of server version mismatch', 'PgDumpTooOld'],
  ['pg_dump: error: query failed: ERROR:  permission denied for table t', 'TablePermissionDenied'],
  [
    'pg_dump: error: query would be affected by row-level security policy for table "t"',
    'TablePermissionDenied',
  ],
  ['connection to server at "db" failed: FATAL:  sorry, too many clients already', 'TooManyConnections'],
  [
    'connection to server at "db" failed: FATAL:  remaining connection slots are reserved',
    'TooManyConnections',
  ],
  ['connection to server at "db" failed: FATAL:  too many connections for role "u"', 'TooManyConnections'],
  ['pg_dump: error: ERROR:  canceling statement due to conflict with recovery', 'RecoveryConflict'],
  [
    'connection to server at "db" failed: FATAL:  password authentication failed for user "u"',
    'DatabaseAuthFailed',
  ],
  ['connection to server at "db" failed: FATAL:  no pg_hba.conf entry for host "h"', 'DatabaseAuthFailed'],
  ['connection to server at "db" failed: Connection refused', 'DatabaseUnreachable'],
  ['pg_dump: error: server closed the connection unexpectedly', 'DatabaseUnreachable'],
  ['FATAL:  terminating connection due to administrator command', 'DatabaseUnreachable'],
];
for (const [line, reason] of words) {
  test(`"${line}" is ${reason}`, async (t) => {
    const path = await program(t, `echo '${line}' >&2; exit 1`);
    await assert.rejects(dumped(path), { reason });
  });
}

test("pg_dump's words, which may quote rows, are not in the error", async (t) => {
  const path = await program(
    t,
    'echo "COPY failed: permission denied for table t: canary-row-1" >&2; exit 1',
  );
  await assert.rejects(dumped(path), (error) => {
    assert.ok(error instanceof BackupError);
    assert.equal(error.message, 'pg_dump may not read a table: permission denied for table t.');
    assert.doesNotMatch(`${error.stack} ${JSON.stringify(error.cause)}`, /canary/);
    return true;
  });
});

test('no secret stands on the command line, and nothing of the runner reaches libpq but the target', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = await program(
    t,
    `printf '%s\\n' "$@" >${directory}/arguments; env >${directory}/environment; ls -l "$PGSSLKEY" >${directory}/key
     cat "$PGSSLROOTCERT" "$PGSSLCERT" "$PGSSLKEY" >${directory}/files; printf %s '${ending}'`,
  );
  process.env.PGOPTIONS = '-c search_path=evil';
  process.env.PGSERVICE = 'evil';
  t.after(() => {
    delete process.env.PGOPTIONS;
    delete process.env.PGSERVICE;
  });
  const clientCertificate = { cert: 'THE CERTIFICATE\n', key: 'THE KEY\n' };
  await dumped(path, {}, { ...nowhere, sslMode: 'verify-full', ca: 'THE CA\n', clientCertificate });
  const read = (name: string) => readFile(join(directory, name), 'utf8');
  assert.deepEqual((await read('arguments')).split('\n').filter(Boolean), [
    '--no-password',
    '--format=plain',
    '--snapshot=0-0-0',
    '--lock-wait-timeout=60000',
  ]);
  const environment = new Map(
    (await read('environment')).split('\n').map((line) => line.split(/=(.*)/s) as [string, string]),
  );
  assert.equal(environment.get('PGPASSWORD'), 'Geheim-4711');
  assert.equal(environment.get('PGSSLMODE'), 'verify-full');
  assert.equal(environment.get('PGOPTIONS'), undefined);
  assert.equal(environment.get('PGSERVICE'), undefined);
  assert.equal(await read('files'), 'THE CA\nTHE CERTIFICATE\nTHE KEY\n');
  assert.match(await read('key'), /^-rw-------/);
  // The folder with the key is gone again.
  await assert.rejects(readdir(environment.get('PGSSLKEY')?.replace(/\/tls.key$/, '') ?? tmpdir()), {
    code: 'ENOENT',
  });
});

test('a sink that fails ends pg_dump and is the error', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = await program(t, `echo $$ >${directory}/pid; exec yes`);
  const full = new BackupError('QuotaExceeded', 'full');
  const sink = { write: () => Promise.reject(full) };
  await assert.rejects(
    dump({ path, version: '15.0', major: 15 }, nowhere, options, sink, never),
    (error) => error === full,
  );
  const pid = Number(await readFile(join(directory, 'pid'), 'utf8'));
  await eventually(() => assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' }));
});

test('dumps the rows of the snapshot, the whole schema, and no rows of what is left out', async (t) => {
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  const server = await testPostgres(t);
  const uri = await testDatabase(
    t,
    `CREATE TABLE a (v text); INSERT INTO a VALUES ('row of a');
     CREATE SCHEMA "O.d*d"; CREATE TABLE "O.d*d"."T ""?*.x" (v text); INSERT INTO "O.d*d"."T ""?*.x" VALUES ('row of odd');
     CREATE TABLE "O.d*d"."T ""y" (v text); INSERT INTO "O.d*d"."T ""y" VALUES ('row of other');`,
  );
  const { hostname, port, username, password, pathname } = new URL(uri);
  const target: DatabaseTarget = {
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: pathname.slice(1),
    sslMode: 'prefer',
  };
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    const snapshot = rows[0]?.id ?? '';
    await server.query("INSERT INTO a VALUES ('row after the snapshot')", uri);
    const odd = (await relations(client)).filter(({ name }) => name.includes('?'));
    assert.equal(odd.length, 1);
    const sql = await dumped('pg_dump', { snapshot, withoutRows: odd }, target);
    assert.match(sql, /^row of a$/m);
    assert.match(sql, /^row of other$/m);
    assert.doesNotMatch(sql, /row of odd|row after the snapshot/);
    assert.match(sql, /CREATE TABLE "O.d\*d"."T ""\?\*\.x"/);
    const schema = await dumped('pg_dump', { snapshot, schemaOnly: true }, target);
    assert.doesNotMatch(schema, /row of/);
    assert.match(schema, /CREATE TABLE public.a/);
  } finally {
    await client.end();
  }
});
