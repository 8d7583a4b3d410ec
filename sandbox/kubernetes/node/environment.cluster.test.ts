import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../testing.ts';
import { testCluster } from '../testCluster.ts';
import { testNode } from './testNode.ts';

test('variables come from values, Secrets, ConfigMaps, fields and limits, and arguments may name them', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  await world.kubectl('create', 'secret', 'generic', 'db', '--from-literal=password=p$(NO)');
  await world.kubectl(
    'create',
    'configmap',
    'settings',
    '--from-literal=level=info',
    '--from-literal=unit=a b',
  );
  const env = [
    { name: 'PLAIN', value: 'plain' },
    { name: 'BOTH', value: '$(PLAIN)/$(X_level)/$(UNKNOWN)/$$(PLAIN)' },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
    { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } },
    { name: 'NONE', valueFrom: { secretKeyRef: { name: 'none', key: 'password', optional: true } } },
    { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'TEAM', valueFrom: { fieldRef: { fieldPath: "metadata.labels['team']" } } },
    { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
  ];
  const envFrom = [
    { prefix: 'X_', configMapRef: { name: 'settings' } },
    { secretRef: { name: 'none', optional: true } },
  ];
  const names = [...env.map(({ name }) => name), 'X_unit'];
  const code = `console.log(JSON.stringify([process.argv[1], ...${JSON.stringify(names)}.map((name) => process.env[name])]))`;
  const container = {
    env,
    envFrom,
    args: [code, '$(PLAIN)'],
    resources: { limits: { cpu: '1500m', memory: '512Mi' } },
  };
  await world.createPod('sample', '', { container, metadata: { labels: { team: 'shop' } } });
  await world.ended('sample');
  const log = await world.node.logs(world.namespace, 'sample');
  assert.deepEqual(JSON.parse(log), [
    'plain',
    ...['plain', 'plain/info/$(UNKNOWN)/$(PLAIN)', 'p$(NO)', 'info', null],
    ...['sample', 'shop', world.node.name, '2', '512', 'a b'],
  ]);
});

test('a missing Secret or key keeps a container from being made, in the words of a kubelet', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const code = 'console.log(process.env.PASSWORD)';
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }];
  const settings = [{ configMapRef: { name: 'settings' } }];
  await world.createPod('env', code, { container: { env } });
  await world.createPod('all', code, { container: { envFrom: settings } });
  await world.waits('env', 'CreateContainerConfigError', /^secret "db" not found$/);
  await world.waits('all', 'CreateContainerConfigError', /^configmap "settings" not found$/);
  await world.kubectl('create', 'secret', 'generic', 'db', '--from-literal=uri=u');
  const missingKey = new RegExp(`^couldn't find key password in Secret ${world.namespace}/db$`);
  await world.waits('env', 'CreateContainerConfigError', missingKey);
  const failed = 'Warning Failed: Error: secret "db" not found';
  await eventually(async () => assert.ok((await world.events('env')).includes(failed)));
  await world.kubectl('patch', 'secret', 'db', '-p', '{"stringData":{"password":"p"}}');
  assert.equal((await world.ended('env')).exitCode, 0);
  assert.equal(await world.node.logs(world.namespace, 'env'), 'p\n');
});
