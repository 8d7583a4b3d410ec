import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';

test('checks say at apply time what would fail at night', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await operatorWorld(t, cluster, 'CREATE TABLE items AS SELECT 1 AS id');
  const { kubectl, google, mailbox } = world;
  const operator = await startOperator(t, cluster, world.namespace, { args: ['--max-checks', '2'] });
  const ready = (name: string, status: string, reason: string, message: RegExp) =>
    world.until(async () => {
      const backup = await world.backup(name);
      const condition = conditionOf(backup.status?.conditions, 'Ready');
      assert.deepEqual(
        [condition?.status, condition?.reason],
        [status, reason],
        condition?.message ?? 'no condition',
      );
      assert.match(condition?.message ?? '', message);
      assert.equal(condition?.observedGeneration, backup.metadata.generation);
    });
  const checkJobs = async (name?: string) =>
    (
      JSON.parse(
        await kubectl(
          'get',
          'job',
          '-l',
          `dbbackup.dev/purpose=check${name === undefined ? '' : `,dbbackup.dev/backup=${name}`}`,
          '-o',
          'json',
        ),
      ) as { items: { status: { active?: number } }[] }
    ).items;

  await t.test('a wrong folder ID, and the right one', async () => {
    const folder = (folderID: string) => ({
      destination: { googleDrive: { folderID, credentialsSecretRef: { name: 'drive-oauth' } } },
    });
    await world.applyBackup('folder', folder('1ThisFolderDoesNotExist'));
    await ready(
      'folder',
      'False',
      'FolderNotFound',
      /^folder: The folder was not found for this account.* Check the folder ID/,
    );
    await world.applyBackup('folder', folder(google.folderID));
    await ready('folder', 'True', 'CheckPassed', /^Everything that a backup needs was found\./);
    const events = await world.events('folder');
    assert.ok(
      events.some((event) => event.startsWith('Warning FolderNotFound')),
      events.join('\n'),
    );
    assert.ok(
      events.some((event) => event.startsWith('Normal CheckPassed')),
      events.join('\n'),
    );
  });

  await t.test(
    'a missing Secret at once; when it is there it is found by the next check, after half a minute',
    async () => {
      await world.applyBackup('secret', { database: { secretRef: { name: 'later' } } });
      await ready('secret', 'False', 'SecretNotFound', /Secret later does not exist/);
      await world.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'later' },
        stringData: { uri: world.uri },
      });
      await ready('secret', 'True', 'CheckPassed', /./);
      const { lastCheck } = (await world.backup('secret')).status ?? {};
      assert.equal(lastCheck?.failures, 0);
      assert.equal((await checkJobs('secret')).length, 2);
    },
  );

  await t.test('a key that is missing is named, with those that are there', async () => {
    await world.applyBackup('key', {
      destination: {
        googleDrive: {
          folderID: google.folderID,
          credentialsSecretRef: { name: 'drive-oauth', key: 'other.json' },
        },
      },
    });
    await ready('key', 'False', 'SecretNotFound', /drive-oauth/);
  });

  await t.test('a new value of the annotation check-now has it checked once', async () => {
    const before = (await checkJobs('folder')).length;
    await kubectl('annotate', 'databasebackup', 'folder', 'dbbackup.dev/check-now=please');
    await world.until(async () =>
      assert.equal((await world.backup('folder')).status?.lastCheck?.checkNow, 'please'),
    );
    assert.equal((await checkJobs('folder')).length, before + 1);
  });

  await t.test('a database, a relay and a token that do not work are told apart', async () => {
    const elsewhere = new URL(world.uri);
    elsewhere.port = '1';
    await world.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'nowhere' },
      stringData: { uri: elsewhere.href },
    });
    await world.applyBackup('database', { database: { secretRef: { name: 'nowhere' } } });
    await world.applyBackup('relay', {
      notification: { email: { to: ['a@example.com'], smtp: { host: mailbox.host, port: 1, tls: 'Off' } } },
    });
    await ready('database', 'False', 'DatabaseUnreachable', /^database: /);
    await ready('relay', 'False', 'MailFailed', /^email: /);
    google.revokeRefreshTokens();
    await kubectl('annotate', '--overwrite', 'databasebackup', 'folder', 'dbbackup.dev/check-now=again');
    await ready('folder', 'False', 'TokenExpired', /auth login/);
  });

  await t.test('many new backups have a few check Jobs at a time, and all are checked', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `many-${i}`);
    let most = 0;
    for (const name of names) await world.applyBackup(name);
    await world.until(async () => {
      // In one list: of several, one may be from before the end of a check and the next from after the start of another.
      const all = (await checkJobs()).filter(({ status }) => (status.active ?? 0) > 0);
      most = Math.max(most, all.length);
      for (const name of names)
        assert.equal(
          conditionOf((await world.backup(name)).status?.conditions, 'Ready')?.reason,
          'TokenExpired',
        );
    });
    assert.ok(most >= 1 && most <= 2, `${most} at a time`);
  });

  assert.deepEqual(
    operator.lines.filter(({ level }) => level >= 50),
    [],
  );
});
