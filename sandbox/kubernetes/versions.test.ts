import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../testing.ts';
import { kubernetesVersions, linkerFlags, moduleDirectory } from './versions.ts';

test('the versions are those of go.mod, and the linker writes them into the programs', async (t) => {
  const file = join(await temporaryDirectory(t), 'go.mod');
  const goMod = await readFile(join(moduleDirectory, 'go.mod'), 'utf8');
  const { kubernetes } = kubernetesVersions();
  await writeFile(file, goMod.replace(`k8s.io/kubernetes ${kubernetes}`, 'k8s.io/kubernetes v1.99.7-rc.1'));
  const versions = kubernetesVersions(file);
  assert.deepEqual(versions, { ...kubernetesVersions(), kubernetes: 'v1.99.7-rc.1' });
  assert.match(versions.etcd, /^v3\./);
  assert.match(versions.go, /^1\.\d+$/);
  const flags = linkerFlags(versions);
  for (const part of ['gitVersion=v1.99.7-rc.1', 'gitMajor=1', 'gitMinor=99', `version=${versions.helm}`]) {
    assert.ok(flags.includes(part), `${part} is not in ${flags}`);
  }
});

test('a go.mod without Kubernetes is an error that names the file', async (t) => {
  const file = join(await temporaryDirectory(t), 'go.mod');
  await writeFile(file, 'module empty\n\ngo 1.26.0\n');
  assert.throws(() => kubernetesVersions(file), /go\.mod has no line like/);
});
