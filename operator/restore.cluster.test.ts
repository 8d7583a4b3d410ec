import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import type { RestoreSpecInput } from '../crds/databaseRestore.ts';
import { contentsOf, differences } from '../runner/restore/restoreFixture.ts';
import { KubectlError } from '../sandbox/kubernetes/access.ts';
import { dbbackupImage } from '../sandbox/kubernetes/node/dbbackupImage.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { requireProgram, testDatabase, testPostgres } from '../sandbox/testing.ts';
import { image, type OperatorWorld, operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import type { Restore } from './reconcile/kinds.ts';

const shop = `
CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id serial PRIMARY KEY, customer int NOT NULL REFERENCES customers, total numeric);
INSERT INTO customers (name) SELECT 'Ann ' || n FROM generate_series(1, 250) n;
INSERT INTO orders (customer, total) SELECT n, n / 4.0 FROM generate_series(1, 250) n;
`;

interface RestoreWorld {
  readonly world: OperatorWorld;
  /** Makes an empty database and the Secret of the name that leads to it; gives its URI. */
  target(name: string): Promise<string>;
  create(name: string, spec?: Partial<RestoreSpecInput>): Promise<void>;
  restore(name: string): Promise<Restore>;
  /** Waits for the phase; throws at once where it ended as another. */
  ended(
    name: string,
    phase: 'Succeeded' | 'Failed',
    reason?: string,
  ): Promise<NonNullable<Restore['status']>>;
  query(sql: string, uri: string): Promise<Record<string, unknown>[]>;
}

async function restoreWorld(t: TestContext): Promise<RestoreWorld | undefined> {
  const cluster = await testCluster(t);
  if (!cluster || !requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return undefined;
  const world = await operatorWorld(t, cluster, shop);
  const { query } = await testPostgres(t);
  const restore = async (name: string) =>
    JSON.parse(await world.kubectl('get', 'databaserestore', name, '-o', 'json')) as Restore;
  return {
    world,
    query,
    restore,
    async target(name) {
      const uri = await testDatabase(t);
      await world.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { uri } });
      return uri;
    },
    async create(name, spec = {}) {
      await world.apply({
        ...{ apiVersion, kind: 'DatabaseRestore', metadata: { name } },
        spec: { backupName: 'shop', set: 'latest', target: { secretRef: { name } }, ...spec },
      });
    },
    async ended(name, phase, reason) {
      return world.until(async () => {
        const { status } = await restore(name);
        assert.deepEqual([status?.phase, status?.reason], [phase, reason], JSON.stringify(status));
        assert.ok(status);
        return status;
      });
    },
  };
}

test('a DatabaseRestore brings a set back, or says why not and changes nothing', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world, query } = made;
  const { kubectl, google } = world;
  const contents = (uri: string) => contentsOf(query, uri);
  const jobs = async (name: string) =>
    (await kubectl('get', 'job', '-l', `dbbackup.dev/restore=${name}`, '-o', 'name'))
      .split('\n')
      .filter(Boolean);
  const operator = await startOperator(t, world.cluster, world.namespace);
  const set = await world.backUp('shop');

  await t.test('the last set of a backup, into an empty database', async () => {
    const uri = await made.target('copy');
    await made.create('copy', { requestedBy: 'Ann' });
    const status = await made.ended('copy', 'Succeeded');
    assert.deepEqual(differences(await contents(uri), await contents(world.uri)), []);
    const { host, pathname } = new URL(uri);
    assert.deepEqual(
      [status.set, status.rows, status.tables, status.format, status.target],
      [set, 500, 2, 'csv', `${host}${pathname}`],
    );
    assert.match(status.duration ?? '', /^\d+s$/);
    assert.equal(conditionOf(status.conditions, 'Ready')?.status, 'True');
    const events = await world.events('copy');
    assert.ok(
      events.some((event) => /RestoreStarted.*requested by Ann/.test(event)),
      events.join('\n'),
    );
    assert.ok(
      events.some((event) => /RestoreSucceeded.*500 rows/.test(event)),
      events.join('\n'),
    );
    await kubectl('wait', '--for=condition=Ready', 'dbr/copy', '--timeout=5s');
  });

  await t.test('one that has ended is not started again, though its Job is gone', async () => {
    await kubectl('delete', 'job', 'copy');
    await kubectl('annotate', 'databaserestore', 'copy', 'example.com/touched=1');
    // What comes later is worked on later: by then nothing was made for the other one.
    await made.create('later', { set: 'none', target: { secretRef: { name: 'copy' } } });
    await made.ended('later', 'Failed', 'InvalidSpec');
    assert.deepEqual(await jobs('copy'), []);
    assert.equal((await made.restore('copy')).status?.phase, 'Succeeded');
  });

  await t.test(
    'a target that is not empty is refused; with clean it is dropped, and what it was is told',
    async () => {
      await made.create('full', { target: { secretRef: { name: 'copy' } } });
      const refused = await made.ended('full', 'Failed', 'TargetNotEmpty');
      assert.equal(refused.attempts, 1);
      assert.match(refused.message ?? '', /holds .*table public\.customers/);
      assert.match(refused.hint ?? '', /spec\.clean/);
      assert.equal(refused.set, set);
      await made.create('cleaned', { target: { secretRef: { name: 'copy' } }, clean: true });
      const { dropped = [] } = await made.ended('cleaned', 'Succeeded');
      assert.ok(
        dropped.some((line) => /^2 tables: public\.customers.*, public\.orders/.test(line)),
        dropped.join('\n'),
      );
    },
  );

  await t.test('the database that the set is from is refused, by whatever Secret it is reached', async () => {
    const before = await contents(world.uri);
    await made.create('source', { target: { secretRef: { name: 'shop-db' } }, clean: true });
    const { message } = await made.ended('source', 'Failed', 'TargetIsSource');
    assert.match(message ?? '', /is the database that the set was taken from/);
    assert.deepEqual(await contents(world.uri), before);
  });

  await t.test('single tables, and a database that is made', async () => {
    const uri = new URL(await made.target('made'));
    const name = `${uri.pathname.slice(1)}_made`;
    const target = { secretRef: { name: 'made' }, name };
    await made.create('made', { target, create: true });
    await made.ended('made', 'Succeeded');
    uri.pathname = name;
    try {
      await query('TRUNCATE orders', uri.href);
      await made.create('orders', { target, tables: ['orders'] });
      const { rows, tables } = await made.ended('orders', 'Succeeded');
      assert.deepEqual([rows, tables], [250, 1]);
      assert.deepEqual(await query('SELECT count(*)::int AS n FROM orders', uri.href), [{ n: 250 }]);
    } finally {
      await query(`DROP DATABASE ${name} WITH (FORCE)`, world.uri);
    }
  });

  await t.test('the folder alone suffices, where the backup is no more', async () => {
    await made.target('folder');
    const googleDrive = { folderID: google.folderID, credentialsSecretRef: { name: 'drive-oauth' } };
    const { backupName, ...spec } = (await made.restore('copy')).spec;
    const { runner } = (await world.backup('shop')).spec;
    await world.apply({
      ...{ apiVersion, kind: 'DatabaseRestore', metadata: { name: 'folder' } },
      spec: {
        ...spec,
        ...(runner && { runner }),
        set,
        source: { googleDrive },
        target: { secretRef: { name: 'folder' } },
      },
    });
    const { rows } = await made.ended('folder', 'Succeeded');
    assert.equal(rows, 500);
  });

  const wrong: [name: string, spec: Partial<RestoreSpecInput>, reason: string, message: RegExp][] = [
    [
      'unknown-set',
      { set: 'backup_19990101_000000' },
      'InvalidSpec',
      /There is no set .*the nearest: backup_/,
    ],
    ['no-secret', {}, 'SecretNotFound', /^Secret no-secret does not exist\.$/],
    ['no-tables', { tables: ['nothing'] }, 'InvalidSpec', /has no table nothing/],
  ];
  for (const [name, spec, reason, message] of wrong) {
    await t.test(`${name}: ${reason}`, async () => {
      if (name !== 'no-secret') await made.target(name);
      await made.create(name, spec);
      const status = await made.ended(name, 'Failed', reason);
      assert.match(status.message ?? '', message);
      assert.equal(conditionOf(status.conditions, 'Ready')?.reason, reason);
      // A permanent failure is not tried again.
      assert.equal(status.attempts, 1);
    });
  }

  await t.test('a backup that comes late is waited for, one that does not come ends it', async () => {
    await made.create('never', { backupName: 'nobody', target: { secretRef: { name: 'copy' } } });
    await world.until(async () => {
      const { status } = await made.restore('never');
      assert.deepEqual([status?.phase, status?.reason], ['Pending', undefined]);
      assert.match(status?.message ?? '', /no DatabaseBackup nobody/);
    });
    await made.target('early');
    await made.create('early', { backupName: 'blog', set: 'latest' });
    await world.applyBackup('blog');
    // Its folder has no set of this one.
    await made.ended('early', 'Failed', 'InvalidSpec');
    await made.ended('never', 'Failed', 'BackupNotFound');
    assert.deepEqual(await jobs('never'), []);
  });

  await t.test('a foreign Job of the name is never taken', async () => {
    await kubectl('create', 'job', 'foreign', '--image=node:26', '--', 'true');
    await made.create('foreign');
    await made.ended('foreign', 'Failed', 'NameTaken');
  });

  await t.test('its metrics tell how many there are, and how long they took', async () => {
    const { text } = await operator.page('/metrics');
    const { namespace } = world;
    assert.match(text, new RegExp(`dbbackup_restores\\{namespace="${namespace}",phase="Succeeded"\\} 5\\b`));
    assert.match(
      text,
      new RegExp(`dbbackup_restore_duration_seconds\\{namespace="${namespace}",name="copy"\\} \\d`),
    );
  });

  await t.test('the spec cannot be changed', async () => {
    await assert.rejects(
      kubectl('patch', 'databaserestore', 'copy', '--type=merge', '-p', '{"spec":{"clean":true}}'),
      (error) => error instanceof KubectlError && /cannot be changed/.test(error.stderr),
    );
  });

  assert.deepEqual(
    operator.lines.filter(({ level }) => level >= 50),
    [],
  );
});

test('a restore that is deleted ends gracefully, and its target is as it was', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world, query } = made;
  const { kubectl, node, namespace } = world;
  await startOperator(t, world.cluster, namespace);
  const set = await world.backUp('shop');
  const uri = await made.target('slow');
  // A lock that another session holds keeps it at its work.
  await query('CREATE TABLE orders (id int); CREATE TABLE customers (id int)', uri);
  const running = async (name: string) => {
    const pod = await world.until(async () => {
      const [found] = await world.podsOf(name);
      assert.ok(found);
      assert.match(await node.logs(namespace, found.metadata.name), /the target is cleaned/);
      return found.metadata.name;
    });
    await world.until(async () => assert.equal((await made.restore(name)).status?.phase, 'Running'));
    return pod;
  };
  const locked = query(`BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE; SELECT pg_sleep(20); COMMIT`, uri);
  locked.catch(() => {});
  await made.create('slow', { clean: true });
  const pod = await running('slow');
  await kubectl('delete', 'databaserestore', 'slow', '--wait=false');
  await world.until(async () => {
    assert.equal(await world.pod(pod), undefined);
    assert.equal(await kubectl('get', 'job', '-l', 'dbbackup.dev/restore', '-o', 'name'), '');
  });
  const log = await node.logs(namespace, pod);
  assert.match(log, /"reason":"Interrupted"/);
  assert.match(log, /Nothing was changed in .*: all of it was one transaction\./);
  assert.deepEqual(await query('SELECT count(*)::int AS n FROM orders', uri), [{ n: 0 }]);

  await t.test('a new one of the name waits for the old Job, and has its own', async () => {
    node.addImage(image, dbbackupImage({ DBBACKUP_GOOGLE_URL: world.google.url }));
    await made.create('slow', { clean: true });
    const status = await made.ended('slow', 'Succeeded');
    assert.equal(status.set, set);
  });
});
