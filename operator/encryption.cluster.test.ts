import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import { testKey } from '../runner/encryption/ageFixture.ts';
import { contentsOf, differences } from '../runner/restore/restoreFixture.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { requireProgram, testDatabase, testPostgres } from '../sandbox/testing.ts';
import { operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import type { Restore } from './reconcile/kinds.ts';

const shop = `
CREATE TABLE customers (id int PRIMARY KEY, name text);
INSERT INTO customers SELECT n, 'Ann ' || n FROM generate_series(1, 250) n;
`;

test('a backup is encrypted for the recipients of a Secret, and comes back by the identity of another', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster || !requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  const world = await operatorWorld(t, cluster, shop);
  const { kubectl, until, google } = world;
  const { query } = await testPostgres(t);
  const key = await testKey(t);
  const secret = (name: string, stringData: object) => {
    const { namespace } = world;
    const input = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData,
    });
    return cluster.kubectl(['apply', '-f', '-'], { input });
  };
  const ready = async () => conditionOf((await world.backup('shop')).status?.conditions, 'Ready');
  await startOperator(t, world.cluster, world.namespace);

  await t.test('a Secret that is missing, or holds no recipient, is seen before the first run', async () => {
    await world.applyBackup('shop', {
      formats: ['sql'],
      encryption: { recipientsSecretRef: { name: 'recipients' } },
    });
    await until(async () => assert.equal((await ready())?.reason, 'SecretNotFound'));
    await secret('recipients', { 'recipients.txt': 'ssh-ed25519 AAAA ann@example.com' });
    await kubectl('annotate', 'databasebackup', 'shop', '--overwrite', 'dbbackup.dev/check-now=1');
    await until(async () => assert.equal((await ready())?.reason, 'InvalidSpec'));
    assert.match(
      (await ready())?.message ?? '',
      /line 1 of key recipients\.txt of Secret recipients is no recipient/,
    );
    await secret('recipients', { 'recipients.txt': `# Ann\n${key.recipient}\n` });
    await kubectl('annotate', 'databasebackup', 'shop', '--overwrite', 'dbbackup.dev/check-now=2');
    await until(async () => assert.equal((await ready())?.status, 'True'));
  });

  await t.test('what lies in the folder is encrypted', async () => {
    await kubectl('create', 'job', '--from=cronjob/shop', 'shop-now');
    const status = await until(async () => {
      const { status: found } = await world.run('shop-now');
      assert.equal(found?.phase, 'Succeeded', JSON.stringify(found));
      return found;
    });
    assert.deepEqual(
      status?.files?.map(({ name, format }) => [name.slice(status.set?.length), format]),
      [
        ['.sql.gz.age', 'sql'],
        ['.tables.json.age', 'tables'],
        ['.manifest.json', 'manifest'],
      ],
    );
    assert.equal(google.files().filter(({ name }) => name.endsWith('.age')).length, 2);
  });

  await t.test('a restore wants the identity of a recipient, and brings the rows back', async () => {
    const uri = await testDatabase(t);
    await secret('copy', { uri });
    await secret('other-key', { 'key.txt': (await testKey(t)).identity });
    await secret('key', { 'key.txt': key.identity });
    const restore = async (name: string, spec: object) => {
      await world.apply({
        ...{ apiVersion, kind: 'DatabaseRestore', metadata: { name } },
        spec: { backupName: 'shop', set: 'latest', target: { secretRef: { name: 'copy' } }, ...spec },
      });
      return until(async () => {
        const { status } = JSON.parse(await kubectl('get', 'dbr', name, '-o', 'json')) as Restore;
        assert.match(status?.phase ?? '', /^(Succeeded|Failed)$/);
        return status;
      });
    };
    assert.equal((await restore('none', {}))?.reason, 'IdentityMissing');
    const named = (name: string) => ({ identitySecretRef: { name } });
    assert.equal((await restore('nowhere', named('nothing')))?.reason, 'SecretNotFound');
    const wrong = await restore('wrong', named('other-key'));
    assert.equal(wrong?.reason, 'IdentityMismatch');
    assert.match(wrong?.message ?? '', /than key key\.txt of Secret other-key is an identity of/);
    const right = await restore('right', named('key'));
    assert.deepEqual([right?.phase, right?.rows], ['Succeeded', 250], JSON.stringify(right));
    assert.deepEqual(differences(await contentsOf(query, uri), await contentsOf(query, world.uri)), []);
  });
});
