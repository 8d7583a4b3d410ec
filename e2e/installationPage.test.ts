import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pageScripts } from '../sandbox/pageScripts.ts';
import { ProgramError, runProgram } from '../sandbox/processes/runProgram.ts';
import { temporaryDirectory } from '../sandbox/testing.ts';
import { backupWorld } from './backupWorld.ts';
import { present, shopTables } from './recovery.ts';
import { imageOf, release, removeRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

const root = join(import.meta.dirname, '..');

test('every command of docs/installation.md does what the page says, until nothing is left', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await removeRelease(cluster);
  await cluster.run(['delete', 'namespace', release.namespace, 'shop', '--ignore-not-found']);
  t.after(() => cluster.run(['delete', 'namespace', 'shop', '--ignore-not-found', '--wait=false']));
  const world = await backupWorld(t, cluster, shopTables());

  // What the reader has: files of their own, and kubectl and helm that know the cluster.
  const folder = await temporaryDirectory(t);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'drive-oauth' } };
  const stringData = { 'token.json': JSON.stringify(world.google.credentials) };
  await writeFile(join(folder, 'drive-oauth.yaml'), JSON.stringify({ ...secret, stringData }), {
    mode: 0o600,
  });
  const backup = world.resource('shop') as { metadata: object };
  const ofShop = { ...backup, metadata: { ...backup.metadata, namespace: 'shop' } };
  await writeFile(join(folder, 'backup.yaml'), JSON.stringify(ofShop));
  const programs = [cluster.kubectl, cluster.helm].map((program) => dirname(program));
  const env = {
    ...process.env,
    ...{ KUBECONFIG: cluster.kubeconfig, KUBERC: 'off' },
    PATH: [...new Set(programs), process.env.PATH].join(':'),
  };
  const { repository, tag } = imageOf(cluster);
  const run = (script: string) => {
    const own = script
      .replaceAll(/(drive-oauth|backup)\.yaml/g, `${folder}/$&`)
      .replace('postgresql://backup:PASSWORD@db.example.com:5432/shop', world.podURI)
      .replace('=registry.example.com/database-backup-operator', `=${repository},image.tag=${tag}`)
      .replace('image.tag=0.1.0', `image.tag=${tag}`);
    return runProgram('sh', ['-euc', `cd '${root}'\n${own}`], { env });
  };
  const pages = await pageScripts(join(root, 'docs', 'installation.md'));
  const take = (heading: string) => {
    const scripts = pages.get(heading);
    assert.ok(scripts?.length, `the page has no commands under ${heading}`);
    pages.delete(heading);
    return scripts;
  };

  const [install = ''] = take('Install');
  // The image is there already, built by the same Dockerfile; there is no registry to push it to.
  assert.match(install, /^docker build -t (\S+) \.\ndocker push \1\nhelm install /);
  const said = await run(install.replace(/^docker .*\n/gm, ''));
  assert.match(said, /TEST SUITE: +\S+\n(?:.*\n)*?Phase: +Succeeded/);

  const [first = ''] = take('The first backup');
  const listed = await run(first);
  assert.match(listed, /shop +True +Succeeded/);
  assert.match(listed, /shop-now +shop +Succeeded +Manual/);

  const [upgrade = ''] = take('Upgrade');
  assert.match(await run(upgrade), /has been upgraded/);

  const [uninstall = '', removal = ''] = take('Remove');
  await run(uninstall);
  assert.match(await cluster.run(['get', 'dbb,cronjobs', '-n', 'shop', '-o', 'name']), /\/shop\n.*\/shop\n/);
  const before = present(world).length;
  await run(removal);
  await assert.rejects(cluster.run(['get', 'dbb', '-A']), ProgramError);
  assert.doesNotMatch(await cluster.run(['get', 'crds', '-o', 'name']), /dbbackup\.dev/);
  await world.until(async () =>
    assert.equal(await cluster.run(['get', 'cronjobs,jobs', '-n', 'shop', '-o', 'name']), ''),
  );
  const left = await cluster.run([
    ...['get', 'all,clusterroles,clusterrolebindings', '-A', '-o', 'name'],
    ...['--selector', `app.kubernetes.io/instance=${release.name}`],
  ]);
  assert.equal(left, '');
  assert.equal(present(world).length, before);
  assert.deepEqual([...pages.values()].flat(), [], 'commands that this test does not know');
});
