import assert from 'node:assert/strict';
import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isRunning } from '../processes/isRunning.ts';
import { eventually, temporaryDirectory } from '../testing.ts';
import { kubernetesBinaries } from './binaries.ts';
import { cacheDirectory } from './cacheDirectory.ts';
import { controlPlanePrograms, type Program } from './programs.ts';

// It writes down what it is asked, and as its output a file for each package.
const fakeGo = `#!/bin/sh
echo "$* GOFLAGS=$GOFLAGS GOOS=$GOOS GOTOOLCHAIN=$GOTOOLCHAIN CGO_ENABLED=$CGO_ENABLED" >> "$FAKE_GO_LOG"
case "$1" in
  env) echo "\${FAKE_GO_VERSION:-go1.26.8}" ;;
  list) printf 'a\\nb\\n' ;;
  build)
    [ -z "$FAKE_GO_BLOCK" ] || { echo $$ > "$FAKE_GO_BLOCK"; exec /bin/sleep 600; }
    [ -z "$FAKE_GO_ERROR" ] || { echo example.com/good >&2; echo "$FAKE_GO_ERROR" >&2; exit 1; }
    while [ "$1" != -o ]; do shift; done
    out=$2; shift 2
    for package in "$@"; do
      echo "$package" >&2
      package=\${package%/v3}
      echo "$package" > "$out\${package##*/}"
    done ;;
esac
`;

interface World {
  env: NodeJS.ProcessEnv;
  /** What was told on standard error. */
  said(): string;
  /** The commands go was given, from their second one: the first asks its version. */
  builds(): Promise<string[]>;
  ask<Name extends Program>(
    programs?: readonly Name[],
    env?: NodeJS.ProcessEnv,
  ): Promise<Record<Name, string>>;
}

async function world(t: TestContext): Promise<World> {
  const directory = await temporaryDirectory(t);
  const log = join(directory, 'log');
  await writeFile(log, '');
  await mkdir(join(directory, 'bin'));
  await writeFile(join(directory, 'bin', 'go'), fakeGo, { mode: 0o755 });
  const env = {
    PATH: join(directory, 'bin'),
    XDG_CACHE_HOME: join(directory, 'cache'),
    FAKE_GO_LOG: log,
    GOFLAGS: '-mod=mod',
    GOOS: 'plan9',
  };
  let said = '';
  const output = {
    write(text: string) {
      said += text;
    },
  };
  return {
    env,
    said: () => said,
    builds: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line.startsWith('build ')),
    ask: (programs, more = {}) =>
      kubernetesBinaries({ ...(programs && { programs }), env: { ...env, ...more }, output }),
  };
}

test('the programs are built once, under their own names, and then found without Go', async (t) => {
  const { ask, env, said, builds } = await world(t);
  const binaries = await ask();
  assert.deepEqual(Object.keys(binaries), controlPlanePrograms);
  assert.equal(await readFile(binaries.etcd, 'utf8'), 'go.etcd.io/etcd/server\n');
  assert.equal(await readFile(binaries.kubectl, 'utf8'), 'k8s.io/kubernetes/cmd/kubectl\n');
  assert.equal(dirname(binaries.etcd), cacheDirectory(env));
  assert.match(
    said(),
    /^Building etcd, kube-apiserver.* and kubectl \(Kubernetes v[\d.]+, go1\.26\.8\): once/,
  );
  assert.match(said(), /: built after 0:\d\d\n$/);
  assert.deepEqual(await ask(undefined, { PATH: '/nowhere' }), binaries);
  assert.equal((await builds()).length, 1);
  assert.deepEqual((await readdir(dirname(binaries.etcd))).sort(), [...controlPlanePrograms].sort());
});

test("go is told to stay itself, to build for this machine, and keeps the person's flags", async (t) => {
  const { ask, builds } = await world(t);
  await ask(['kubectl']);
  assert.match(String(await builds()), / GOFLAGS=-mod=mod GOOS= GOTOOLCHAIN=local CGO_ENABLED=0$/);
});

test('only what is missing is built', async (t) => {
  const { ask, builds } = await world(t);
  await ask(['kubectl', 'cronOracle']);
  await ask(['kubectl', 'helm', 'cronOracle']);
  const packages = (await builds()).map((line) => line.slice(line.indexOf(' -o ')).split(' ').slice(3, -4));
  assert.deepEqual(packages, [
    ['k8s.io/kubernetes/cmd/kubectl', './cronOracle'],
    ['helm.sh/helm/v4/cmd/helm'],
  ]);
});

test('of two that want the same at once one builds and the other waits for it', async (t) => {
  const { ask, said, builds } = await world(t);
  const [first, second] = await Promise.all([ask(), ask()]);
  assert.deepEqual(first, second);
  assert.equal((await builds()).length, 1);
  assert.match(said(), /Waiting for another process that builds Kubernetes/);
});

test('a build that fails says what go said and leaves nothing; what a dead one left is removed', async (t) => {
  const { ask, env } = await world(t);
  await mkdir(join(cacheDirectory(env), 'building-dead'), { recursive: true });
  const failed = ask(['kubectl'], { FAKE_GO_ERROR: 'main.go:7: undefined: x' });
  await assert.rejects(failed, {
    name: 'KubernetesUnavailable',
    message: "Kubernetes can't be built here: go build failed: main.go:7: undefined: x",
  });
  assert.deepEqual(await readdir(cacheDirectory(env)), []);
  assert.ok(existsSync((await ask(['kubectl'])).kubectl));
});

test('a builder that is killed takes its go along, and the next one builds', async (t) => {
  const { ask, env } = await world(t);
  const pidFile = join(await temporaryDirectory(t), 'pid');
  const place = JSON.stringify(import.meta.resolve('./binaries.ts'));
  // A callback of the builder that sees the file runs after it has told its watchdog of go, which is one step with the start.
  const source = `import { existsSync } from 'node:fs';
    setInterval(() => { if (existsSync(${JSON.stringify(pidFile)})) process.stdout.write('.'); }, 20);
    const { kubernetesBinaries } = await import(${place});
    await kubernetesBinaries({ env: ${JSON.stringify({ ...env, FAKE_GO_BLOCK: pidFile })} });`;
  const stdio: StdioOptions = ['ignore', 'pipe', 'ignore'];
  const builder = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio });
  const exit = once(builder, 'exit');
  if (builder.stdout) await once(builder.stdout, 'data');
  const pid = await eventually(() => {
    const text = readFileSync(pidFile, 'utf8');
    assert.match(text, /^\d+\n$/);
    return Number(text);
  });
  builder.kill('SIGKILL');
  await exit;
  assert.ok(existsSync((await ask(['kubectl'])).kubectl));
  await eventually(() => assert.ok(!isRunning(pid), 'go still runs'));
  assert.deepEqual(await readdir(cacheDirectory(env)), ['kubectl']);
});

for (const [what, env, sentence] of [
  [
    'missing',
    { PATH: '/nowhere' },
    /^Kubernetes v1\S+ is built with Go 1\.\d+ or newer, which is not installed: /,
  ],
  [
    'too old',
    { FAKE_GO_VERSION: 'go1.25.9' },
    /^Kubernetes v1\S+ is built .* and this machine has go1\.25\.9: /,
  ],
] as const) {
  test(`where Go is ${what} one sentence says what to install`, async (t) => {
    const { ask } = await world(t);
    await assert.rejects(ask(undefined, env), (error: Error) => {
      assert.equal(error.name, 'KubernetesUnavailable');
      assert.match(error.message, sentence);
      assert.match(
        error.message,
        /install Go from https:\/\/go\.dev\/dl, or set KUBEBUILDER_ASSETS [^\n]*\.$/,
      );
      return true;
    });
  });
}

for (const version of ['go1.27rc1', 'go2.0', 'devel go1.30-abcdef Mon', 'go1.26.8-X:nocoverageredesign']) {
  test(`${version} is new enough`, async (t) => {
    const { ask } = await world(t);
    await ask(['kubectl'], { FAKE_GO_VERSION: version });
  });
}

async function assets(t: TestContext, names: readonly string[]): Promise<string> {
  const directory = await temporaryDirectory(t);
  for (const name of names) await writeFile(join(directory, name), '');
  return directory;
}

test('complete KUBEBUILDER_ASSETS are used as they are', async (t) => {
  const { ask, said } = await world(t);
  const KUBEBUILDER_ASSETS = await assets(t, controlPlanePrograms);
  const binaries = await ask(undefined, { KUBEBUILDER_ASSETS, PATH: '/nowhere' });
  for (const [name, path] of Object.entries(binaries)) assert.equal(path, join(KUBEBUILDER_ASSETS, name));
  assert.equal(said(), '');
});

test('what KUBEBUILDER_ASSETS lack is said and built, or an error without Go', async (t) => {
  const { ask, said } = await world(t);
  const KUBEBUILDER_ASSETS = await assets(t, ['etcd', 'kube-apiserver', 'kubectl']);
  const needs = ask(undefined, { KUBEBUILDER_ASSETS, PATH: '/nowhere' });
  await assert.rejects(needs, { name: 'KubernetesUnavailable' });
  const lack = `KUBEBUILDER_ASSETS (${KUBEBUILDER_ASSETS}) lacks kube-controller-manager and kube-scheduler:`;
  assert.ok(said().startsWith(lack), said());
  const binaries = await ask(undefined, { KUBEBUILDER_ASSETS });
  assert.equal(binaries.etcd, join(KUBEBUILDER_ASSETS, 'etcd'));
  const built = binaries['kube-scheduler'];
  assert.equal(basename(await readFile(built, 'utf8')), 'kube-scheduler\n');
  assert.notEqual(dirname(built), KUBEBUILDER_ASSETS);
});
