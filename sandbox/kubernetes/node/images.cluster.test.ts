import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../testing.ts';
import { testCluster } from '../testCluster.ts';
import { testNode } from './testNode.ts';

test('an image that is nowhere is pulled again with a back-off until it is there', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster, { backOff: { initialMs: 2_000, maxMs: 4_000 } });
  await world.createPod('sample', 'console.log("here")', { container: { image: 'late:1' } });
  const problem =
    'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/late:1": ' +
    'failed to resolve reference "docker.io/library/late:1": docker.io/library/late:1: not found';
  await world.waits('sample', 'ErrImagePull', new RegExp(`^${problem}$`));
  await world.waits(
    'sample',
    'ImagePullBackOff',
    /^Back-off pulling image "late:1": ErrImagePull: rpc error/,
  );
  const { status } = (await world.pod('sample')) ?? {};
  assert.equal(status?.phase, 'Pending');
  const failed = 'Warning Failed: Error: ImagePullBackOff';
  await eventually(async () => assert.ok((await world.events('sample')).includes(failed)));
  world.node.addImage('docker.io/library/late:1', { entrypoint: [process.execPath, '-e'] });
  assert.equal((await world.ended('sample')).exitCode, 0);
});

test('ErrImageNeverPull and InvalidImageName', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  await world.createPod('never', '', { container: { image: 'late:1', imagePullPolicy: 'Never' } });
  await world.createPod('invalid', '', { container: { image: 'Not A Name' } });
  await world.waits(
    'never',
    'ErrImageNeverPull',
    /^Container image "late:1" is not present with pull policy of Never$/,
  );
  await world.waits(
    'invalid',
    'InvalidImageName',
    /^Failed to apply default image tag "Not A Name": couldn't parse image name/,
  );
  world.node.addImage('late:1', { entrypoint: [process.execPath, '-e'] });
  assert.equal((await world.ended('never')).exitCode, 0);
  // A pod that never ran goes at once.
  await world.kubectl('delete', 'pod', 'invalid');
});
