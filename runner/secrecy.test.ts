import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { main } from '../cli/main.ts';
import type { Notice } from '../crds/notice.ts';
import { backupYaml } from '../sandbox/backupYaml.ts';
import type { Fault } from '../sandbox/google/faults.ts';
import { findProgram } from '../sandbox/postgres/findProgram.ts';
import type { RunWorld } from '../sandbox/runWorld.ts';
import { requireProgram, temporaryDirectory } from '../sandbox/testing.ts';
import {
  canary,
  canaryServer,
  canaryWorld,
  lockedRelay,
  password,
  plain,
  podInSecret,
  secrets,
  views,
} from './canaryFixture.ts';
import { backupChecks } from './checks/backupChecks.ts';
import { checkStatus } from './checks/checkStatus.ts';
import { runInSecret, secretsOf } from './failureFixture.ts';
import { leaks } from './leaks.ts';
import { killed } from './notifiers/testdata/exampleReports.ts';
import { faultyEnvironment } from './podFixture.ts';

test('a good run of all formats says no secret and no row', async (t) => {
  const world = await canaryWorld(t);
  const { report, log } = await runInSecret(
    world,
    world.backup({ formats: ['csv', 'xlsx', 'json'] }),
    secrets,
  );
  assert.equal(report.result, 'Succeeded', report.message ?? '');
  assert.ok(world.mailbox.messages().length > 0 && log.length > 0, 'there was nothing to search');
  // The cell that had to be cut is told of, without what is in it.
  assert.match([...report.notes, ...report.warnings].join(), /texts/);
});

for (const [name, query] of Object.entries(views)) {
  test(`a view that fails (${name}) says no row`, async (t) => {
    const world = await canaryWorld(t);
    const server = await canaryServer();
    await server.query(`CREATE VIEW broken AS ${query}`, world.uri);
    const tables = { include: ['public.texts', 'public.broken'] };
    const backup = world.backup({
      formats: ['csv', 'json'],
      database: { secretRef: { name: 'db' }, tables },
    });
    const { report } = await runInSecret(world, backup, secrets);
    assert.equal(report.result, 'Failed');
    assert.notEqual(report.reason, 'Internal');
    assert.match(report.message ?? '', /^PostgreSQL refused while reading table broken: SQLSTATE \w{5}\.$/);
    assert.deepEqual(world.names(), []);
  });
}

const faults: Fault[] = [
  { operation: 'uploadChunk', count: 1_000, effect: 'error', status: 503 },
  { operation: 'uploadChunk', count: 1_000, effect: 'error', status: 401 },
  { operation: 'uploadChunk', effect: 'sessionGone', status: 404 },
  { operation: 'uploadChunk', effect: 'drop', when: 'after' },
  { operation: 'uploadStart', count: 1_000, effect: 'error', status: 400, reason: 'badRequest' },
  { operation: 'tokenRefresh', count: 1_000, effect: 'error', status: 400, reason: 'invalid_grant' },
  { operation: 'list', count: 1_000, effect: 'error', status: 500 },
  { operation: 'create', effect: 'wrongChecksum' },
];
for (const fault of faults) {
  test(`trouble with Google (${fault.operation}, ${fault.effect}) says no token and no session`, async (t) => {
    const world = await canaryWorld(t);
    const added = world.google.faults.add(fault);
    await runInSecret(world, world.backup({ formats: ['csv', 'json'] }), secrets);
    assert.ok(added.hits > 0);
  });
}

for (const right of [true, false]) {
  test(`a login at the relay with ${right ? 'the right' : 'a wrong'} password does not say it`, async (t) => {
    const world = await canaryWorld(t);
    const { notification, mails } = await lockedRelay(t, world, right);
    const { report } = await runInSecret(world, world.backup({ formats: ['csv'], notification }), secrets);
    assert.equal(report.email?.result, right ? 'Sent' : 'Failed', report.email?.message ?? '');
    assert.deepEqual(leaks({ mail: mails().join('\n') }, secrets), []);
  });
}

/** What can be wrong with a check, beside nothing. */
const checkTroubles: Record<string, (world: RunWorld) => unknown> = {
  nothing: () => {},
  'a wrong password': (world) => {
    const url = new URL(world.uri);
    url.username = 'reader';
    url.password = encodeURIComponent(plain);
    world.secrets.db = { uri: url.href };
  },
  'a URI that is none': (world) => {
    world.secrets.db = { uri: `postgresql//reader:${plain}@` };
  },
  'a dead token': ({ google }) => google.revokeRefreshTokens(),
  'a token of another kind': (world) => {
    world.secrets['drive-oauth'] = { 'token.json': `{"type": "service_account", "private_key": "${plain}"}` };
  },
  'a token that is no JSON': (world) => {
    world.secrets['drive-oauth'] = { 'token.json': `{"refresh_token": "${plain}` };
  },
  'a folder that cannot be listed': ({ google }) =>
    google.faults.add({ operation: 'list', count: 1_000, effect: 'error', status: 500 }),
  'a file that cannot be written': ({ google }) =>
    google.faults.add({ operation: 'uploadChunk', count: 1_000, effect: 'error', status: 401 }),
};
for (const [what, spoil] of Object.entries(checkTroubles)) {
  test(`a check that finds ${what} says no secret and no row, before redaction too`, async (t) => {
    const world = await canaryWorld(t);
    await spoil(world);
    const log: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) });
    // Not redacted: the sentences hold nothing in the first place.
    const redactor = { add: () => {}, redact: (text: string) => text };
    const services = { ...world.services(), logger, redactor };
    const checks = await Array.fromAsync(
      backupChecks(world.backup({ formats: ['csv'] }), services, new AbortController().signal),
    );
    const texts = { log: log.join(''), checks: JSON.stringify(checks) };
    assert.deepEqual(leaks(texts, { ...secretsOf(world), ...secrets }), []);
    assert.equal(checkStatus(checks) === 0, what === 'nothing', texts.checks);
  });
}

test('the pod of a check says no secret and no row, whether it passes or fails', async (t) => {
  const world = await canaryWorld(t);
  const { environment } = world;
  const pod = { resource: { spec: world.backup({ formats: ['csv'] }).spec }, environment };
  assert.equal((await podInSecret(t, world, 'check', pod)).status, 0);
  const fault = await faultyEnvironment(t, 'rejection', `what about ${password}?`);
  const broken = { ...pod, environment: { ...environment, ...fault } };
  assert.equal((await podInSecret(t, world, 'check', broken)).status, 1);
  world.google.revokeRefreshTokens();
  assert.equal((await podInSecret(t, world, 'check', pod)).status, 2);
});

for (const right of [true, false]) {
  test(`the pods of a check and of a notice with ${right ? 'the right' : 'a wrong'} password of the relay do not say it`, async (t) => {
    const world = await canaryWorld(t);
    const { notification, mails } = await lockedRelay(t, world, right);
    // A report that quotes the password would come from somebody else; it goes no further.
    const message = `The relay does not like ${password}.`;
    const notice: Notice = { version: 1, id: 'shop-1', report: { ...killed().report, message } };
    const environment = { ...world.environment, DBBACKUP_NOTICE: JSON.stringify(notice) };
    const pod = { resource: { spec: world.backup({ formats: ['csv'], notification }).spec }, environment };
    assert.equal((await podInSecret(t, world, 'check', pod)).status, right ? 0 : 1);
    assert.equal((await podInSecret(t, world, 'notify', pod)).status, right ? 0 : 2);
    assert.equal(mails().length > 0, right);
    assert.deepEqual(leaks({ mail: mails().join('\n') }, secrets), []);
  });
}

test('the pod of a drill says no secret and no row, whatever its assertions find or PostgreSQL says of them', async (t) => {
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  const world = await canaryWorld(t);
  const server = await canaryServer();
  const programs = {
    DBBACKUP_PG_DUMP: findProgram('pg_dump')?.path,
    DBBACKUP_PSQL: findProgram('psql')?.path,
  };
  const environment = { ...programs, ...world.environment };
  world.secrets.scratch = { uri: server.uri };
  const target = { secretRef: { name: 'scratch' } };
  const found = [{ query: 'SELECT v FROM texts' }, { query: 'SELECT v FROM texts', expect: canary }];
  const failing = Object.values(views).map((query) => ({ query: `SELECT * FROM (${query}) AS v` }));
  const pod = (assertions: object[]) => {
    const { spec } = world.backup({ formats: ['csv', 'sql'] });
    return { resource: { spec: { ...spec, drill: { target, assertions } } }, environment };
  };
  const first = await podInSecret(t, world, 'run', pod([]));
  assert.equal(first.status, 0, first.log);
  const good = await podInSecret(t, world, 'drill', pod(found.slice(1)));
  assert.equal(good.status, 0, good.log);
  const { status, answer } = await podInSecret(t, world, 'drill', pod([...found, ...failing]));
  assert.equal(status, 2);
  assert.match(JSON.stringify(answer), /AssertionFailed/);
});

test('an error that nobody expected keeps its words to itself', async (t) => {
  const world = await canaryWorld(t);
  const services = world.services.bind(world);
  world.services = () => ({
    ...services(),
    secrets: { read: () => Promise.reject(new TypeError(`what about ${password}?`)) },
  });
  const { report, log } = await runInSecret(world, world.backup(), secrets);
  assert.equal(report.reason, 'Internal');
  assert.match(log.join(''), /TypeError.*secrecy\.test\.ts/);
});

test('a leak that is planted in the log, the report or the mail is found by the same search', async (t) => {
  const world = await canaryWorld(t);
  const fileNamePrefix = 'planted-4711';
  const planted = { planted: fileNamePrefix };
  await assert.rejects(runInSecret(world, world.backup({ fileNamePrefix }), planted), (error: Error) => {
    for (const place of ['report', 'mail']) assert.match(error.message, new RegExp(`planted in ${place} `));
    return true;
  });
  const services = world.services.bind(world);
  world.services = () => {
    const all = services();
    const read = async (name: string) => {
      // The Secret of the database was read before.
      if (name === 'drive-oauth') all.logger.info({ uri: world.secrets.db?.uri }, 'planted');
      return all.secrets.read(name);
    };
    return { ...all, secrets: { read } };
  };
  // runInSecret's own logger replaces this one; the world's shows what redaction makes of it.
  await world.run(world.backup({ formats: ['csv'] }));
  const line = world.log.find((text) => text.includes('"planted"')) ?? '';
  assert.match(line, /reader:\[secret\]@/);
  assert.deepEqual(leaks({ log: world.log.join('') }, { ...secretsOf(world), ...secrets }), []);
});

/** What the command line writes, both streams, and its exit status. */
async function commandLine(world: RunWorld, args: string[]): Promise<{ status: number; output: string }> {
  const parts: string[] = [];
  const stream = () =>
    new PassThrough().on('data', (chunk: Buffer) => parts.push(String(chunk))) as PassThrough;
  const env = { ...world.environment, DBBACKUP_LOG_LEVEL: 'debug' };
  const io = { stdin: new PassThrough(), stdout: stream(), stderr: stream(), env };
  const status = await main(args, io, new AbortController().signal);
  return { status, output: parts.join('') };
}

async function yamlFile(t: TestContext, world: RunWorld, change: (text: string) => string = (text) => text) {
  const path = join(await temporaryDirectory(t), 'backup.yaml');
  const { google, mailbox: smtp } = world;
  const text = backupYaml({
    postgres: { uri: String(world.secrets.db?.uri) },
    google,
    smtp,
    spec: { formats: ['csv'] },
  });
  await writeFile(path, change(text));
  return path;
}

test('the command line says no secret and no row, whether the run is good or bad', async (t) => {
  const world = await canaryWorld(t);
  const all = { ...secretsOf(world), ...secrets };
  const assertSilent = (output: string) => {
    assert.notEqual(output, '');
    assert.deepEqual(leaks({ output }, all), []);
  };
  const path = await yamlFile(t, world);
  for (const output of ['text', 'json']) {
    const { status, output: said } = await commandLine(world, ['run', '-f', path, '-o', output]);
    assert.equal(status, 0, said);
    assertSilent(said);
  }
  for (const command of ['check', 'list']) {
    const { status, output } = await commandLine(world, [command, '-f', path]);
    assert.equal(status, 0, output);
    assertSilent(output);
  }
  // A Secret that is no YAML any more: the place is told, not the line.
  for (const broken of [
    `"${plain}`,
    `"\\q${plain}"`,
    `[${plain}`,
    `{${plain}: 1, ${plain}: 2}`,
    `%${plain}`,
    `a: ${plain}: b`,
  ]) {
    const secret = `\n---\nkind: Secret\nstringData:\n  password: ${broken}\n`;
    const path = await yamlFile(t, world, (text) => text + secret);
    const { status, output } = await commandLine(world, ['run', '-f', path]);
    assert.equal(status, 2, output);
    assertSilent(output);
  }
  world.google.revokeRefreshTokens();
  for (const command of ['run', 'check', 'list']) {
    const { status, output } = await commandLine(world, [command, '-f', path]);
    assert.equal(status, 2, output);
    assertSilent(output);
  }
});
