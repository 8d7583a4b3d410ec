import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import { leaks, type Texts } from '../runner/leaks.ts';
import { type BackupWorld, backupWorld } from './backupWorld.ts';
import { failedRun, goodRun } from './recovery.ts';
import { installRelease, operatorLog, release } from './release.ts';
import { sheetSyncs } from './sheetSyncs.ts';
import { suiteCluster } from './suiteCluster.ts';

// Characters that JSON, URLs, HTML and base64 write in another way.
const password = 'Pä+ss/w"rd <4711> =&%';
const relayPassword = 'Relay-ß/"<0815>"';
const canary = 'canary-row-<Zeile> "17"+/ä';

const tables = `
  CREATE TABLE customers AS SELECT g AS id, '${canary}'::text AS name FROM generate_series(1, 100) g;
  CREATE VIEW broken AS SELECT name::int FROM customers;
  CREATE TABLE notes AS SELECT repeat('${canary}', 2000) AS long;`;

/** Takes no row of these customers: "Failing row contains …". */
const refusal = 'CREATE TABLE customers (id int, name text CHECK (length(name) < 3))';

/** Logs of pods, gathered before the pods go. */
async function podLogs(world: BackupWorld, into: Record<string, string>): Promise<void> {
  const pods = (await world.kubectl('get', 'pods', '-o', 'name')).trim().split('\n').filter(Boolean);
  for (const pod of pods) {
    const log = await world.kubectl('logs', pod, '--all-containers').catch(() => '');
    if (log) into[`log of ${pod}`] = log;
  }
}

/** All that a cluster says and keeps of backups and syncs, but for the Secrets themselves and what is in Drive. */
async function everything(world: BackupWorld): Promise<Record<string, string>> {
  const { cluster, mailbox } = world;
  const kinds = [
    ...['databasebackups', 'databasebackupruns', 'databaserestores', 'sheetsyncs', 'sheetsyncruns'],
    ...['cronjobs', 'jobs', 'pods'],
    ...['configmaps', 'serviceaccounts', 'events', 'events.events.k8s.io', 'controllerrevisions'],
  ];
  const texts: Record<string, string> = {};
  for (const kind of kinds)
    texts[kind] = await world.kubectl('get', kind, '-o', 'json', '--show-managed-fields');
  texts.describe = await world.kubectl('describe', 'dbb,dbbr,dbr,ss,ssr,cronjobs,jobs,pods');
  texts.operator = await operatorLog(cluster);
  const place = ['--namespace', release.namespace];
  texts['objects of the operator'] = await cluster.run([
    ...['get', 'deployments,pods,leases,configmaps,events', ...place, '-o', 'json'],
  ]);
  const ofOperator = ['--selector', `app.kubernetes.io/instance=${release.name}`, '-o', 'name'];
  const [, pod] = (await cluster.run(['get', 'pods', ...place, ...ofOperator])).trim().split('/');
  const page = `/api/v1/namespaces/${release.namespace}/pods/${pod}:8080/proxy/metrics`;
  texts.metrics = await cluster.run(['get', '--raw', page]);
  for (const kind of ['', 'sync_'])
    assert.match(
      texts.metrics,
      new RegExp(`dbbackup_${kind}last_run_succeeded\\{namespace="${world.namespace}"`),
    );
  texts.mails = mailbox
    .messages()
    .flatMap(({ raw, text, html }) => [raw, text, html])
    .join('\n');
  return texts;
}

test('no secret and no row in any log, event, status, metric, mail or object; and one that was planted is found', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster, { operator: { logLevel: 'debug' } });
  const auth = { user: 'relay', password: relayPassword };
  const world = await backupWorld(t, cluster, tables, { mailbox: { tls: 'required', auth } });
  const role = `reader_${world.namespace.slice(4)}`;
  await world.server.query(
    `CREATE ROLE ${role} LOGIN PASSWORD '${password}'; GRANT pg_read_all_data TO ${role}`,
  );
  t.after(() => world.server.query(`DROP ROLE ${role}`));
  const uri = new URL(world.podURI);
  [uri.username, uri.password] = [role, encodeURIComponent(password)];
  await world.applySecret('shop-db', { uri: uri.href });
  const target = await world.server.createDatabase();
  t.after(() => world.server.dropDatabase(target));
  await world.server.query(refusal, target);
  const targetOfPods = new URL(world.podURI);
  targetOfPods.pathname = new URL(target).pathname;
  await world.applySecret('restored-db', { uri: targetOfPods.href });
  await world.applySecret('relay', { username: auth.user, password: auth.password });
  await world.applySecret('relay-ca', { 'ca.crt': world.mailbox.ca ?? '' });
  const smtp = {
    ...{ host: cluster.host, port: world.relays.mail.port, tls: 'Required' as const },
    ...{ credentialsSecretRef: { name: 'relay' }, caSecretRef: { name: 'relay-ca', key: 'ca.crt' } },
  };
  const spec = {
    ...{ retries: 0, formats: ['csv', 'xlsx', 'json', 'sql'] as const },
    notification: { email: { to: ['ops@example.com'], smtp } },
  };
  const runner = (level: string) => ({ env: [{ name: 'DBBACKUP_LOG_LEVEL', value: level }] });
  const apply = (more: object = {}) =>
    world.applyBackup('shop', { ...spec, formats: [...spec.formats], runner: runner('debug'), ...more });
  const texts: Record<string, string> = {};
  const said = async () => podLogs(world, texts);

  await apply();
  await world.ready('shop');
  await goodRun(world, 'shop');
  await said();
  // Restores: one that is not begun, and one whose rows the server quotes as it refuses them.
  const restores = {
    'into-itself': { target: { secretRef: { name: 'shop-db' } } },
    'refused-rows': { target: { secretRef: { name: 'restored-db' } }, tables: ['public.customers'] },
  };
  for (const [name, more] of Object.entries(restores)) {
    const spec = { backupName: 'shop', set: 'latest', retries: 0, ...more };
    await world.apply({ apiVersion, kind: 'DatabaseRestore', metadata: { name }, spec });
    const [phase, reason] = await world.until(async () => {
      const path = 'jsonpath={.status.phase} {.status.reason}';
      const found = (await world.kubectl('get', 'databaserestore', name, '-o', path)).split(' ');
      assert.match(found[0] ?? '', /^(Succeeded|Failed)$/);
      return found;
    }, 120);
    assert.deepEqual(
      [phase, reason],
      ['Failed', name === 'into-itself' ? 'TargetIsSource' : 'RestoreFailed'],
    );
  }
  await said();
  // Syncs: one that succeeds, and one whose rows the server quotes as it refuses them.
  const syncs = sheetSyncs(world);
  const synced = async (query: string) => {
    const { notification } = spec;
    const sheets = [{ name: 'Customers', query }];
    await syncs.apply('shop', { retries: 0, notification, runner: runner('debug'), sheets });
    await syncs.ready('shop');
    return (await syncs.ended(await syncs.request('shop'))).status;
  };
  assert.equal((await synced('SELECT * FROM customers'))?.phase, 'Succeeded');
  assert.match(JSON.stringify(await syncs.values('Customers')), /canary-row/);
  assert.equal((await synced('SELECT name::int FROM customers'))?.reason, 'InvalidQuery');
  await said();
  await apply({
    database: { secretRef: { name: 'shop-db' }, tables: { include: ['public.broken'] } },
    formats: ['csv'],
  });
  await failedRun(world, await world.request('shop'), 'DumpFailed');
  await said();
  await apply({ formats: ['csv'] });
  world.google.faults.add({
    operation: 'uploadChunk',
    count: 1,
    effect: 'error',
    status: 403,
    reason: 'forbidden',
  });
  await world.ended(await world.request('shop'));
  await said();
  await world.applySecret('shop-db', { uri: uri.href.replace(role, 'nobody') });
  await failedRun(world, await world.request('shop'), 'DatabaseAuthFailed');
  await said();
  const { credentials } = world.google;
  await world.applySecret('shop-db', { uri: uri.href });
  world.google.revokeRefreshTokens();
  await failedRun(world, await world.request('shop'), 'TokenExpired');
  assert.equal((await syncs.ended(await syncs.request('shop'))).status?.reason, 'TokenExpired');
  await said();
  await world.applySecret('relay', { username: auth.user, password: `${relayPassword}-wrong` });
  await world.ended(await world.request('shop'));
  await world.until(() => assert.ok(world.mailbox.messages().length >= 6), 120);
  await said();

  const secrets = {
    ...{ 'password of the role': password, 'password of the relay': relayPassword, 'a row': canary },
    ...{ 'refresh token': credentials.refresh_token, 'client secret': credentials.client_secret },
  };
  const all: Texts = { ...texts, ...(await everything(world)) };
  for (const [source, text] of Object.entries(all)) assert.ok(text.length > 0, `${source} is empty`);
  assert.ok(Object.keys(texts).length >= 6, Object.keys(texts).join());
  assert.deepEqual(leaks(all, secrets), []);
  t.diagnostic(`${Object.keys(all).length} texts, ${Object.values(all).join('').length} characters searched`);

  // As somebody careless would have it: in an annotation, and in a message that is base64.
  const planted = Buffer.from(`the password is ${password}`).toString('base64');
  const metadata = { name: 'planted', annotations: { note: planted, row: canary } };
  await world.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  const found = leaks({ configmaps: (await everything(world)).configmaps ?? '' }, secrets).join();
  assert.match(found, /password of the role in configmaps \(base64\)/);
  assert.match(found, /a row in configmaps/);
});
