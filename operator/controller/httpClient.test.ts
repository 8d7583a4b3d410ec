import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually, temporaryDirectory } from '../../sandbox/testing.ts';
import {
  answerStatus,
  type FakeApiServer,
  kubeConfigOf,
  startFakeApiServer,
} from './fakeApiServerFixture.ts';
import { type ClientOptions, kubernetesClient } from './httpClient.ts';
import { ApiError } from './kubernetesClient.ts';
import type { KubernetesObject } from './kubernetesObject.ts';
import { hastyClock } from './manualClockFixture.ts';

const signal = AbortSignal.timeout(300_000);
const resource = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
const shop: KubernetesObject = { ...kind, metadata: { name: 'shop', namespace: 'ns' } };
const path = '/api/v1/namespaces/ns/configmaps/shop';

async function served(t: TestContext, options: Partial<ClientOptions> = {}, user?: object) {
  const server = await startFakeApiServer(t);
  const clock = hastyClock();
  const settings = { fieldManager: 'tester', userAgent: 'tester/1', clock, random: () => 1, ...options };
  const client = kubernetesClient(kubeConfigOf(server.url, user), settings);
  t.after(() => client.close());
  const get = (name = 'shop') => client.get(resource, 'ns', name, signal);
  return { server, clock, client, get };
}

function failsWith(status: number, reason: string) {
  return (error: unknown) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.deepEqual([error.status, error.reason], [status, reason]);
    return true;
  };
}

function reset(server: FakeApiServer, times = 1): void {
  for (let i = 0; i < times; i += 1) {
    server.faults.push(({ socket }) => {
      socket.resetAndDestroy();
      return true;
    });
  }
}

test('objects are created, read, replaced, patched, applied and deleted where the API server has them', async (t) => {
  const { server, client, get } = await served(t);
  const created = await client.create(resource, shop, signal);
  assert.equal(created.metadata.uid, 'uid-1');
  assert.deepEqual(await get(), created);
  await assert.rejects(client.create(resource, shop, signal), failsWith(409, 'AlreadyExists'));
  const stale = await client.replace(resource, created, signal);
  await assert.rejects(client.replace(resource, created, signal), failsWith(409, 'Conflict'));
  await client.patch(resource, 'ns', 'shop', { data: { a: '1' } }, { subresource: 'status' }, signal);
  await client.apply(resource, shop, { force: true }, signal);
  assert.ok(stale.metadata.resourceVersion);
  assert.equal(
    await client.delete(resource, 'ns', 'shop', { uid: 'uid-1', propagationPolicy: 'Background' }, signal),
    true,
  );
  assert.equal(await client.delete(resource, 'ns', 'shop', {}, signal), false);
  assert.equal(await get(), undefined);
  const [patch, apply, , remove] = server.requests.slice(-5).filter(({ method }) => method !== 'GET');
  assert.equal(patch?.path, `${path}/status`);
  assert.equal(patch?.headers['content-type'], 'application/merge-patch+json');
  assert.equal(apply?.headers['content-type'], 'application/apply-patch+yaml');
  assert.equal(`${apply?.query}`, 'fieldManager=tester&force=true');
  assert.deepEqual(remove?.body, { apiVersion: 'v1', kind: 'DeleteOptions' });
});

test('the items of a list say what they are, though those of the API server do not', async (t) => {
  const { server, client } = await served(t);
  for (const name of ['a', 'b', 'c'])
    server.objects.put('v1/configmaps', { ...kind, metadata: { name, namespace: 'ns' } });
  const page = await client.list(resource, { limit: 2 }, signal);
  assert.deepEqual(
    page.items.map(({ kind, metadata }) => [kind, metadata.name]),
    [
      ['ConfigMap', 'a'],
      ['ConfigMap', 'b'],
    ],
  );
  const rest = await client.list(resource, { limit: 2, continue: page.continue }, signal);
  assert.deepEqual(
    [rest.items.length, rest.continue, rest.resourceVersion],
    [1, undefined, page.resourceVersion],
  );
});

test('a hundred requests in a row need no more than two connections', async (t) => {
  const { server, get } = await served(t);
  for (let i = 0; i < 100; i += 1) await get();
  // undici opens a second one where the first is not yet told to be free.
  assert.ok(server.connections <= 2);
});

test('429, 5xx, broken connections and answers that do not come are tried again, with growing waits', async (t) => {
  const { server, clock, get } = await served(t, { timeoutMs: 300 });
  server.objects.put('v1/configmaps', shop);
  server.answerNext(500, 'no JSON at all');
  server.answerNext(503, {});
  reset(server);
  server.faults.push(() => true);
  assert.equal((await get())?.metadata.name, 'shop');
  assert.deepEqual(clock.sleeps, [500, 1000, 2000, 4000]);
});

test('Retry-After is the least wait, in seconds or as a date; beyond the limit the error comes at once', async (t) => {
  const { server, clock, get } = await served(t);
  server.answerNext(429, {}, { 'Retry-After': '7' });
  server.answerNext(429, {}, { 'Retry-After': new Date(Date.now() + 600_000).toUTCString() });
  await assert.rejects(get(), failsWith(429, 'TooManyRequests'));
  assert.deepEqual(clock.sleeps, [7000]);
});

test('after five tries it is over', async (t) => {
  const { server, get } = await served(t);
  reset(server, 10);
  await assert.rejects(get(), (error) => error instanceof ApiError && error.status === 0);
  assert.equal(server.requests.length, 5);
});

test('what is refused for good is not tried again', async (t) => {
  for (const [status, reason] of [
    [400, 'BadRequest'],
    [403, 'Forbidden'],
    [409, 'Conflict'],
    [422, 'Invalid'],
  ] as const) {
    const { server, get } = await served(t);
    server.faults.push((_, response) => {
      answerStatus(response, status, reason);
      return true;
    });
    await assert.rejects(get(), failsWith(status, reason));
    assert.equal(server.requests.length, 1);
  }
});

test('a POST whose answer was lost is tried again, and what it finds is told', async (t) => {
  const { server, client } = await served(t);
  server.faults.push((request, response) => {
    server.objects.put('v1/configmaps', request.body);
    response.socket?.resetAndDestroy();
    return true;
  });
  await assert.rejects(client.create(resource, shop, signal), failsWith(409, 'AlreadyExists'));
});

test('an error names the fields and never what was sent or answered', async (t) => {
  const { server, client } = await served(t);
  const secret = { ...shop, data: { password: 'hunter2' } };
  const message = 'ConfigMap "shop" is invalid: spec.zone: Invalid value: "hunter2"';
  server.answerNext(422, {
    kind: 'Status',
    reason: 'Invalid',
    message,
    details: {
      causes: [{ field: 'metadata.name', message }, { field: '.spec.zone' }, { field: 'a: "hunter2"' }, {}],
    },
  });
  const error = await client.create(resource, secret, signal).catch((thrown) => thrown);
  assert.deepEqual(error.fields, ['metadata.name', 'spec.zone']);
  assert.equal(
    error.message,
    'POST /api/v1/namespaces/ns/configmaps: 422 Invalid (metadata.name, spec.zone)',
  );
  for (const answer of ['hunter2 is not what we want', '{"reason": "hunter2 leaks"}']) {
    for (const status of [200, 400]) {
      server.answerNext(
        status,
        answer === '{"reason": "hunter2 leaks"}' && status === 200 ? 'hunter2' : answer,
      );
      const thrown = await client.create(resource, secret, signal).catch((e) => e);
      assert.ok(thrown instanceof ApiError);
      const all = JSON.stringify([thrown.message, thrown.stack, thrown.cause, thrown]);
      assert.doesNotMatch(all, /hunter2|token-of/);
    }
  }
});

test('a token file that has changed is read again after a 401, once', async (t) => {
  const file = join(await temporaryDirectory(t), 'token');
  await writeFile(file, 'old');
  const user = { authProvider: { name: 'tokenFile', config: { tokenFile: file } } };
  const { server, get } = await served(t, {}, user);
  server.acceptedToken = 'old';
  await get();
  await writeFile(file, 'new\n');
  server.acceptedToken = 'new';
  assert.equal(await get(), undefined);
  assert.equal(server.requests.length, 3);
  server.acceptedToken = 'another';
  await assert.rejects(get(), failsWith(401, 'Unauthorized'));
  assert.equal(server.requests.length, 5);
  assert.ok(server.connections <= 2);
});

test('requests at the same time start an exec plugin once, and its failure tells no token', async (t) => {
  const directory = await temporaryDirectory(t);
  const runs = join(directory, 'runs');
  const credential = JSON.stringify({ status: { token: 'token-of-the-tests' } });
  const script = `require('fs').appendFileSync(${JSON.stringify(runs)}, 'x'); process.stdout.write(process.argv[1])`;
  const exec = (output: string) => ({ exec: { command: process.execPath, args: ['-e', script, output] } });
  const good = await served(t, {}, exec(credential));
  await Promise.all(Array.from({ length: 20 }, () => good.get()));
  assert.equal(await readFile(runs, 'utf8'), 'x');
  const bad = await served(t, {}, exec('token-of-the-tests, but no JSON'));
  const error = await bad.get().catch((thrown) => thrown);
  assert.ok(error instanceof ApiError);
  assert.doesNotMatch(JSON.stringify([error.message, error.stack, String(error.cause)]), /token-of/);
});

test('an abort ends a request, a wait before the next try, and a watch, with its reason', async (t) => {
  const reason = new Error('Told to stop.');
  const isReason = (error: unknown) => error === reason;
  const { server, client } = await served(t);
  const hanging = new AbortController();
  server.faults.push(() => true);
  const asked = assert.rejects(client.get(resource, 'ns', 'shop', hanging.signal), isReason);
  await eventually(() => assert.equal(server.requests.length, 1));
  hanging.abort(reason);
  await asked;
  const watching = new AbortController();
  const watch = assert.rejects(async () => {
    const options = { resourceVersion: '100', timeoutSeconds: 300 };
    for await (const _ of client.watch(resource, options, watching.signal))
      assert.fail('Nothing happens here.');
  }, isReason);
  await eventually(() => assert.equal(server.objects.watches, 1));
  watching.abort(reason);
  await watch;
  await eventually(() => assert.equal(server.objects.watches, 0));
});

test('each request, each answer and each write is told to the hooks, with a write held until its hook is done', async (t) => {
  const told: string[] = [];
  const held = Promise.withResolvers<void>();
  const { server, client, get } = await served(t, {
    onRequest: ({ method }) => told.push(`> ${method}`),
    onAnswer: ({ method }, status) => told.push(`< ${method} ${status}`),
    async onWrite({ method, path }, status) {
      told.push(`${method} ${path} ${status}`);
      await held.promise;
    },
  });
  await get();
  reset(server);
  const created = client.create(resource, shop, signal).then(() => told.push('created'));
  await eventually(() => assert.equal(told.length, 7));
  held.resolve();
  await created;
  assert.deepEqual(told, [
    '> GET',
    '< GET 404',
    '> POST',
    '< POST 0',
    '> POST',
    '< POST 201',
    'POST /api/v1/namespaces/ns/configmaps 201',
    'created',
  ]);
});

test('the path of the API server’s own address is kept', async (t) => {
  const server = await startFakeApiServer(t);
  const client = kubernetesClient(kubeConfigOf(`${server.url}/k8s/clusters/c-1/`), {
    fieldManager: 't',
    userAgent: 't',
  });
  t.after(() => client.close());
  server.answerNext(200, { metadata: { name: 'shop' } });
  await client.get(resource, 'ns', 'shop', signal);
  assert.deepEqual(server.lines, ['GET /k8s/clusters/c-1/api/v1/namespaces/ns/configmaps/shop']);
});
