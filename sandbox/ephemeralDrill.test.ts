import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { drillReport } from '../crds/drillReport.ts';
import { drillSocketDirectory, drillSpec } from '../crds/drillSpec.ts';
import { postgresSidecar } from '../operator/reconcile/postgresSidecar.ts';
import { runPod, startPod } from '../runner/podFixture.ts';
import { findProgram } from './postgres/findProgram.ts';
import { serverUser } from './postgres/serverUser.ts';
import { endProcess } from './processes/endProcess.ts';
import { runWorld } from './runWorld.ts';
import { requireProgram, temporaryDirectory, testPostgres } from './testing.ts';

interface Container {
  readonly command: readonly [string, ...string[]];
  readonly env: readonly { name: string; value: string }[];
}

/** Runs the command of the container as kubelet would, with the socket in a folder of the test. */
async function startSidecar(t: TestContext, socket: string): Promise<AsyncDisposable> {
  const ephemeral = drillSpec.parse({ ephemeral: {} }).ephemeral;
  assert.ok(ephemeral);
  const { command, env } = postgresSidecar(ephemeral).container as unknown as Container;
  const [program, ...args] = command.map((part) => part.replaceAll(drillSocketDirectory, socket));
  const data = await temporaryDirectory(t);
  await chmod(data, 0o777);
  const given = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  const child = spawn(program ?? '', args, {
    ...serverUser(),
    cwd: '/',
    env: { PATH: process.env.PATH, ...given, PGDATA: join(data, 'data') },
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  return { [Symbol.asyncDispose]: () => endProcess(child, 'SIGINT') };
}

test('the PostgreSQL beside the runner takes a set with its roles, and is reached by its socket alone', async (t) => {
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  // The machine's own programs stand for those of the image.
  if (!requireProgram(t, 'postgres', 'apt-get install postgresql')) return;
  const role = `ephemeral_${process.pid}`;
  const world = await runWorld(
    t,
    `CREATE TABLE items AS SELECT n AS id FROM generate_series(1, 500) n;
     CREATE ROLE ${role}; GRANT SELECT ON items TO ${role}; CREATE PUBLICATION news FOR TABLE items;
     CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
     CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION noted();`,
  );
  const { query } = await testPostgres(t);
  // Its database goes before.
  t.after(() => query(`DROP ROLE ${role}`));
  const programs = {
    DBBACKUP_PG_DUMP: findProgram('pg_dump')?.path,
    DBBACKUP_PSQL: findProgram('psql')?.path,
  };
  const socket = await temporaryDirectory(t);
  await chmod(socket, 0o777);
  const assertions = [
    { query: 'SHOW listen_addresses', expect: '' },
    { query: 'SELECT count(*) FROM items', expect: 500 },
    { query: "SELECT lower('ÄÖ') = 'äö'" },
    { query: `SELECT has_table_privilege('${role}', 'items', 'SELECT')` },
  ];
  const { spec } = world.backup({ formats: ['csv', 'sql'], drill: { ephemeral: {}, assertions } });
  const environment = { ...programs, ...world.environment, DBBACKUP_DRILL_SOCKET: socket };
  const pod = { resource: { spec }, secrets: world.secrets, environment };
  const run = await runPod(t, 'run', pod);
  assert.equal(run.status, 0, run.log);
  // The runner is there first: a container of the pod takes a while to come up.
  const started = await startPod(t, 'drill', pod);
  await using _ = await startSidecar(t, socket);
  const { status, answer, log } = await started.ended;
  const report = drillReport.parse(answer);
  assert.deepEqual([status, report.result], [0, 'Succeeded'], log);
  assert.deepEqual([report.rows, report.comparedTables, report.assertions.length], [500, 1, 4]);
  assert.match(report.target ?? '', new RegExp(`^${socket}:5432/dbbackup_drill_7d5b7a0e_`));
});
