import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSpecInput } from '../../crds/backupSpec.ts';
import { type RunWorld, runWorld } from '../../sandbox/runWorld.ts';
import { testPostgres } from '../../sandbox/testing.ts';
import { drillChecks } from './drillChecks.ts';

const { signal } = new AbortController();

/** What the check says of a drill, a line each. */
async function said(world: RunWorld, spec: Partial<BackupSpecInput>): Promise<string[]> {
  const checks = await drillChecks(world.backup(spec).spec, world.services(), signal);
  assert.ok(
    checks.every(({ ok }) => ok),
    'A backup does not need its drill.',
  );
  return checks.map(({ warning, message }) => `${warning ? '⚠' : '✓'} ${message}`);
}

test('the server of a drill is tried, and what it lacks is a warning', async (t) => {
  const world = await runWorld(t, 'CREATE TABLE items (id int)');
  const { query, uri, port } = await testPostgres(t);
  const role = `drill_check_${process.pid}`;
  await query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw-4711'`);
  t.after(() => query(`DROP ROLE ${role}`));
  const weak = new URL(uri);
  weak.username = role;
  weak.password = 'pw-4711';
  Object.assign(world.secrets, {
    scratch: { uri },
    weak: { uri: weak.href },
    // A server is named; which databases it has does not matter.
    nowhere: { host: '127.0.0.1', port: '1', user: 'ann' },
  });
  const at = (name: string) => said(world, { drill: { target: { secretRef: { name } } } });
  assert.deepEqual(await said(world, {}), []);
  assert.match((await at('scratch')).join(), /^✓ \S+ takes scratch databases of postgres: PostgreSQL \d+/);
  assert.deepEqual(await at('weak'), [
    `⚠ A drill would fail: The role ${role} may make no database at 127.0.0.1:${port}/postgres: ALTER ROLE … CREATEDB. (RestoreFailed)`,
  ]);
  assert.match(
    (await at('nowhere')).join(),
    /^⚠ A drill would fail: .*127\.0\.0\.1:1.* \(DatabaseUnreachable\)$/,
  );
  assert.match((await at('missing')).join(), /Secret missing does not exist\. \(SecretNotFound\)$/);
});

test('encrypted sets need an identity, which is read', async (t) => {
  const world = await runWorld(t, 'CREATE TABLE items (id int)');
  const recipients = ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'];
  const encryption = { recipients };
  const own = '✓ A drill brings its own PostgreSQL.';
  assert.deepEqual(await said(world, { drill: { ephemeral: {} } }), [own]);
  assert.deepEqual(await said(world, { encryption, drill: { ephemeral: {} } }), [
    own,
    '⚠ A drill would fail: sets are encrypted, and spec.drill.identitySecretRef is not set.',
  ]);
  world.secrets.identity = { 'key.txt': recipients.join() };
  const drill = { ephemeral: {}, identitySecretRef: { name: 'identity' } };
  assert.match(
    (await said(world, { encryption, drill })).join(),
    /^⚠ A drill would fail: key key\.txt of Secret identity has a recipient, .* \(InvalidSpec\)$/,
  );
});
