import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { isRunning } from '../processes/isRunning.ts';
import { eventually, temporaryDirectory, testPostgres } from '../testing.ts';
import { startPostgres } from './startPostgres.ts';

test('a database is made under any name, and dropped while somebody is connected to it', async (t) => {
  const server = await testPostgres(t);
  const name = `Möbel "x" ${process.pid}`;
  const uri = await server.createDatabase(name);
  assert.deepEqual(await server.query('SELECT 1; SELECT current_database() AS name', uri), [{ name }]);
  const client = new pg.Client({ connectionString: uri });
  client.on('error', () => {});
  await client.connect();
  await server.dropDatabase(uri);
  await assert.rejects(server.query('SELECT 1', uri), { code: '3D000' });
});

test('a server that is killed comes back by restart with its port, password and committed rows', async () => {
  await using server = await startPostgres();
  await server.query('CREATE TABLE kept AS SELECT 42 AS answer; CHECKPOINT');
  await server.kill();
  await assert.rejects(server.query('SELECT 1'));
  await server.restart();
  assert.deepEqual(await server.query('SELECT * FROM kept'), [{ answer: 42 }]);
  assert.equal(
    (await server.query('SELECT inet_server_port() AS port', `${server.uri}?a=b`))[0]?.port,
    server.port,
  );
  assert.match(await server.log(), /redo done|database system was not properly shut down/);
});

test('a directory of its own keeps the data and the password over stop and start', async (t) => {
  const parent = await temporaryDirectory(t);
  await chmod(parent, 0o755); // the server's user must get through
  const directory = join(parent, 'kept');
  const first = await startPostgres({ directory });
  await first.query('CREATE TABLE kept AS SELECT 1 AS one');
  await first.stop();
  assert.ok(existsSync(directory));
  await using second = await startPostgres({ directory, settings: { max_connections: '7' } });
  assert.equal(second.password, first.password);
  assert.deepEqual(await second.query('SELECT * FROM kept'), [{ one: 1 }]);
  assert.deepEqual(await second.query('SHOW max_connections'), [{ max_connections: '7' }]);
});

test('terminateBackends ends the connections of others', async () => {
  await using server = await startPostgres();
  const client = new pg.Client({ connectionString: server.uri });
  const errors: string[] = [];
  client.on('error', (error: Error & { code?: string }) => errors.push(error.code ?? error.message));
  await client.connect();
  await server.terminateBackends();
  await eventually(() => assert.ok(errors.includes('57P01'), `got ${errors}`));
});

test('with tls the certificate holds for its names alone, and clients can show certificates of the same CA', async () => {
  await using server = await startPostgres({
    tls: { names: ['localhost'] },
    hba: ['hostssl all somebody 127.0.0.1/32 cert', 'hostssl all postgres 127.0.0.1/32 scram-sha-256'],
  });
  const ca = readFileSync(server.caFile ?? '', 'utf8');
  const connect = async (host: string, options: pg.ClientConfig = {}) => {
    const { port, user, password } = server;
    const client = new pg.Client({
      host,
      port,
      user,
      password,
      database: 'postgres',
      ssl: { ca },
      ...options,
    });
    await client.connect();
    await client.query('CREATE ROLE somebody LOGIN').catch(() => {});
    await client.end();
  };
  await connect('localhost');
  await assert.rejects(connect('127.0.0.1'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  await assert.rejects(connect('localhost', { ssl: false }), { code: '28000' });
  const certificate = await server.authority?.issue('somebody');
  assert.ok(certificate);
  const { cert, key } = certificate;
  await connect('localhost', { user: 'somebody', ssl: { ca, cert, key } });
});

test('a port that is taken is an error that names the cause, and leaves nothing behind', async () => {
  await using server = await startPostgres();
  await assert.rejects(
    startPostgres({ port: server.port }),
    /did not start: .*(could not bind|Address already in use)/s,
  );
});

const place = fileURLToPath(import.meta.resolve('./startPostgres.ts'));
const script = `
  const { startPostgres } = await import(${JSON.stringify(place)});
  const server = await startPostgres();
  console.log(JSON.stringify({ directory: server.socketDirectory }));
  if (process.argv[1] === 'stay') setInterval(() => {}, 1000);
`;

for (const [how, signal] of [
  ['ends by itself', undefined],
  ['is killed by SIGINT', 'SIGINT'],
  ['is killed by SIGKILL', 'SIGKILL'],
] as const) {
  test(`the server is gone, and its directory too, after the process that started it ${how}`, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, signal ? 'stay' : 'go'], {
      cwd: dirname(place),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    const output = createInterface(child.stdout)[Symbol.asyncIterator]();
    const { value: line } = await output.next(); // undefined, at once, if the process fails
    const { directory } = JSON.parse(line ?? '{}') as { directory: string };
    assert.ok(directory, 'the process ended before its server was up');
    const postmaster = readPostmaster(directory);
    if (signal) child.kill(signal);
    await exit;
    await eventually(() => assert.ok(!existsSync(directory), `${directory} is still there`));
    assert.ok(postmaster === undefined || !isRunning(postmaster), 'the postmaster still runs');
  });
}

function readPostmaster(directory: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8'), 10);
  } catch {
    return undefined; // it has ended already
  }
}
