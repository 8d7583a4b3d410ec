import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer as createHTTPServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { sslModes } from '../../crds/databaseSpec.ts';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import { certificateAuthority } from '../../sandbox/certificates.ts';
import type { PostgresAddress } from '../../sandbox/postgres/access.ts';
import { type PostgresServer, startPostgres } from '../../sandbox/postgres/startPostgres.ts';
import { requireProgram, temporaryDirectory, testPostgres } from '../../sandbox/testing.ts';
import { connect } from './connection.ts';
import type { DatabaseTarget } from './databaseTarget.ts';
import { dump, findPgDump } from './pgDump.ts';

const never = new AbortController().signal;
type Outcome = 'TLS' | 'plain' | FailureReason;

function targetOf(server: PostgresAddress, fields: Partial<DatabaseTarget> = {}): DatabaseTarget {
  const { host, port, user, password } = server;
  return { host, port, user, password, database: 'postgres', sslMode: 'prefer', ...fields };
}

/** How our own connection goes. */
async function ours(target: DatabaseTarget): Promise<Outcome> {
  try {
    await using connection = await connect(target, never);
    const { rows } = await connection.client.query<{ ssl: boolean }>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    assert.equal(rows[0]?.ssl, connection.encrypted);
    return connection.encrypted ? 'TLS' : 'plain';
  } catch (error) {
    if (error instanceof BackupError) return error.reason;
    throw error;
  }
}

/** How pg_dump's goes: the reason, or undefined for a success. */
async function theirs(server: PostgresAddress, target: DatabaseTarget): Promise<FailureReason | undefined> {
  const { socketDirectory, port, user, password } = server;
  const client = new pg.Client({ host: socketDirectory, port, user, password, database: 'postgres' });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    const options = {
      snapshot: rows[0]?.id ?? '',
      schemaOnly: true,
      withoutRows: [],
      lockTimeout: 60_000,
    };
    await dump(await findPgDump('pg_dump', never), target, options, { write: async () => {} }, never);
    return undefined;
  } catch (error) {
    if (error instanceof BackupError) return error.reason;
    throw error;
  } finally {
    await client.end();
  }
}

/** Our outcome is the expected one, and pg_dump, if there is one, comes to the same. */
async function bothComeTo(
  t: TestContext,
  server: PostgresAddress,
  target: DatabaseTarget,
  expected: Outcome,
): Promise<void> {
  assert.equal(await ours(target), expected);
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  const isSuccess = expected === 'TLS' || expected === 'plain';
  assert.equal(await theirs(server, target), isSuccess ? undefined : expected);
}

const rules = [
  'hostssl all only_tls 127.0.0.1/32 scram-sha-256',
  'hostnossl all only_plain 127.0.0.1/32 scram-sha-256',
  'hostssl all by_certificate 127.0.0.1/32 cert',
  'host all postgres 127.0.0.1/32 scram-sha-256',
];
let tlsServer: Promise<PostgresServer> | undefined;

/** A server with TLS for the name localhost alone, one for all tests of this file. */
async function serverWithTLS(): Promise<{ server: PostgresServer; ca: string }> {
  tlsServer ??= (async () => {
    const server = await startPostgres({ tls: { names: ['localhost'] }, hba: rules });
    await server.query(`CREATE ROLE only_tls LOGIN PASSWORD 'Pw'; CREATE ROLE only_plain LOGIN PASSWORD 'Pw';
      CREATE ROLE by_certificate LOGIN; GRANT pg_read_all_data TO only_tls, only_plain, by_certificate`);
    return server;
  })();
  const server = await tlsServer;
  return { server, ca: await readFile(server.caFile ?? '', 'utf8') };
}

async function foreignCA(t: TestContext): Promise<string> {
  return (await certificateAuthority(await temporaryDirectory(t))).ca;
}

const unreachable = 'DatabaseUnreachable';
const expectations: [situation: string, Record<(typeof sslModes)[number], Outcome>][] = [
  [
    'a server without TLS',
    {
      disable: 'plain',
      prefer: 'plain',
      require: unreachable,
      'verify-ca': unreachable,
      'verify-full': unreachable,
    },
  ],
  [
    'TLS with the right CA and name',
    { disable: 'plain', prefer: 'TLS', require: 'TLS', 'verify-ca': 'TLS', 'verify-full': 'TLS' },
  ],
  [
    'TLS and a CA that did not sign the certificate',
    {
      disable: 'plain',
      prefer: 'TLS',
      require: unreachable,
      'verify-ca': unreachable,
      'verify-full': unreachable,
    },
  ],
  [
    'TLS with the right CA and another name',
    { disable: 'plain', prefer: 'TLS', require: 'TLS', 'verify-ca': 'TLS', 'verify-full': unreachable },
  ],
  [
    'TLS without a CA of ours',
    {
      disable: 'plain',
      prefer: 'TLS',
      require: 'TLS',
      'verify-ca': unreachable,
      'verify-full': unreachable,
    },
  ],
];

for (const [situation, byMode] of expectations) {
  for (const mode of sslModes) {
    test(`${situation}, sslMode ${mode}: ${byMode[mode]}, for pg_dump too`, async (t) => {
      if (situation === 'a server without TLS') {
        const server = await testPostgres(t);
        return bothComeTo(t, server, targetOf(server, { sslMode: mode }), byMode[mode]);
      }
      const { server, ca } = await serverWithTLS();
      const fields = {
        sslMode: mode,
        host: situation.includes('another name') ? '127.0.0.1' : 'localhost',
        ...(situation.includes('right CA') ? { ca } : {}),
        ...(situation.includes('did not sign') ? { ca: await foreignCA(t) } : {}),
      };
      await bothComeTo(t, server, targetOf(server, fields), byMode[mode]);
    });
  }
}

for (const [user, mode, outcome] of [
  ['only_tls', 'prefer', 'TLS'],
  ['only_tls', 'disable', 'DatabaseAuthFailed'],
  ['only_plain', 'prefer', 'plain'],
  ['only_plain', 'require', 'DatabaseAuthFailed'],
] as const) {
  test(`pg_hba.conf for ${user}, sslMode ${mode}: ${outcome}, for pg_dump too`, async (t) => {
    const { server } = await serverWithTLS();
    await bothComeTo(t, server, targetOf(server, { user, password: 'Pw', sslMode: mode }), outcome);
  });
}

test('a client certificate logs in, without it or with a foreign one the login fails, for pg_dump too', async (t) => {
  const { server, ca } = await serverWithTLS();
  const certificate = await server.authority?.issue('by_certificate');
  const other = await server.authority?.issue('somebody_else');
  assert.ok(certificate && other);
  const target = targetOf(server, {
    host: 'localhost',
    user: 'by_certificate',
    password: undefined,
    sslMode: 'verify-full',
    ca,
  });
  await bothComeTo(t, server, { ...target, clientCertificate: certificate }, 'TLS');
  await bothComeTo(t, server, target, 'DatabaseAuthFailed');
  await bothComeTo(t, server, { ...target, clientCertificate: other }, 'DatabaseAuthFailed');
});

test('there is no TLS on a unix socket, whatever sslMode says, for pg_dump too', async (t) => {
  const server = await testPostgres(t);
  for (const mode of ['prefer', 'require'] as const)
    await bothComeTo(t, server, targetOf(server, { host: server.socketDirectory, sslMode: mode }), 'plain');
});

for (const [what, fields, reason] of [
  ['a wrong password', { password: 'wrong' }, 'DatabaseAuthFailed'],
  ['no password where one is wanted', { password: undefined }, 'DatabaseAuthFailed'],
  ['an unknown role', { user: 'nobody_there' }, 'DatabaseAuthFailed'],
  ['an unknown host', { host: 'no-such-host.invalid' }, unreachable],
] as const) {
  test(`${what} is ${reason}, for pg_dump too`, async (t) => {
    const server = await testPostgres(t);
    await bothComeTo(t, server, targetOf(server, fields), reason);
  });
}

test('a port where nobody listens is named with every address that was tried', async (t) => {
  const listener = createServer();
  const port = await listen(t, listener);
  await new Promise((resolve) => listener.close(resolve));
  const server = await testPostgres(t);
  for (const host of ['127.0.0.1', 'localhost']) {
    await assert.rejects(connect(targetOf(server, { host, port }), never), {
      reason: unreachable,
      message: new RegExp(
        `^The connection failed while connecting to ${host}:${port}/postgres as postgres: .*ECONNREFUSED.*\\d\\.$`,
      ),
    });
  }
});

test('an unknown database is DatabaseNotFound', async (t) => {
  const server = await testPostgres(t);
  await assert.rejects(connect(targetOf(server, { database: 'no such database' }), never), {
    reason: 'DatabaseNotFound',
    message: /database "no such database" does not exist \(SQLSTATE 3D000\)/,
  });
});

test('certificates that are none are a fault of the spec', async () => {
  const { server } = await serverWithTLS();
  const clientCertificate = { cert: 'no certificate', key: 'no key' };
  await assert.rejects(
    connect(targetOf(server, { host: 'localhost', sslMode: 'require', clientCertificate }), never),
    (error) => {
      assert.ok(error instanceof BackupError);
      assert.equal(error.reason, 'InvalidSpec');
      assert.match(error.message, /certificate or key of caSecretRef or clientCertSecretRef/);
      return true;
    },
  );
});

for (const mode of ['disable', 'prefer', 'require'] as const) {
  test(`a server that is no PostgreSQL is DatabaseUnreachable with sslMode ${mode}`, async (t) => {
    const http = createHTTPServer((_, response) => response.end('hello'));
    const port = await listen(t, http);
    t.after(() => http.closeAllConnections());
    const server = await testPostgres(t);
    await assert.rejects(connect(targetOf(server, { port, sslMode: mode }), never), { reason: unreachable });
  });
}

for (const [step, mode, answer] of [
  ['its first word', 'disable', undefined],
  ['an answer about TLS', 'prefer', undefined],
  ['the TLS handshake', 'require', 'S'],
] as const) {
  test(`an abort ends the wait for ${step} at once, for pg_dump too`, async (t) => {
    let silence = Promise.withResolvers<void>();
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', () => {
        if (answer) socket.write(answer);
        silence.resolve();
      });
    });
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    const port = await listen(t, silent);
    const target = targetOf(await testPostgres(t), { port, sslMode: mode });
    const stop = new BackupError('Interrupted', 'stopped by the test');
    const aborted = async (work: (signal: AbortSignal) => Promise<unknown>) => {
      silence = Promise.withResolvers<void>();
      const controller = new AbortController();
      const rejected = assert.rejects(work(controller.signal), (error) => error === stop);
      await silence.promise;
      controller.abort(stop);
      await rejected;
    };
    await aborted((signal) => connect(target, signal));
    await assert.rejects(connect(target, AbortSignal.abort(stop)), (error) => error === stop);
    if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
    const pgDump = await findPgDump('pg_dump', never);
    const options = { snapshot: '0-0-0', schemaOnly: true, withoutRows: [], lockTimeout: 1 };
    await aborted((signal) => dump(pgDump, target, options, { write: async () => {} }, signal));
  });
}

async function listen(t: TestContext, server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}
