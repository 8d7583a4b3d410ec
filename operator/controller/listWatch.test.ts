import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { eventually } from '../../sandbox/testing.ts';
import { answerStatus, kubeConfigOf, type SeenRequest, startFakeApiServer } from './fakeApiServerFixture.ts';
import { kubernetesClient } from './httpClient.ts';
import { Informer, type InformerOptions } from './informer.ts';
import type { KubernetesObject } from './kubernetesObject.ts';
import { hastyClock } from './manualClockFixture.ts';

const resource = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
const collection = 'v1/configmaps';

function named(name: string, namespace = 'ns', data?: object): KubernetesObject {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    ...(data && { data }),
  };
  return object;
}

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly reason?: string;
  readonly waitMs?: number;
}

async function world(
  t: TestContext,
  options: Partial<InformerOptions<KubernetesObject>> = {},
  timeoutMs = 30_000,
) {
  const server = await startFakeApiServer(t);
  const clock = hastyClock();
  const lines: LogLine[] = [];
  const logger = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) });
  const settings = { fieldManager: 't', userAgent: 't', clock, random: () => 1, timeoutMs };
  const client = kubernetesClient(kubeConfigOf(server.url), settings);
  const informer = new Informer({ client, resource, logger, clock, random: () => 1, ...options });
  const stop = new AbortController();
  const changes: string[] = [];
  informer.store.onChange(({ type, object }) => changes.push(`${type} ${object.metadata.name}`));
  const start = () => {
    const running = informer.run(stop.signal);
    t.after(async () => {
      stop.abort();
      await running;
      await client.close();
    });
    return running;
  };
  const names = () =>
    informer.store
      .list()
      .map(({ metadata }) => metadata.name)
      .sort();
  const shows = (...expected: string[]) => eventually(() => assert.deepEqual(names(), expected));
  const put = (name: string, data?: object) => server.objects.put(collection, named(name, 'ns', data));
  const watching = (count = 1) => eventually(() => assert.equal(server.objects.watches, count));
  const lists = () => server.requests.filter(({ query }) => !query.has('watch')).length;
  return { server, clock, lines, informer, stop, changes, start, names, shows, put, watching, lists };
}

const isWatch = ({ query }: SeenRequest) => query.has('watch');

test('a list in pages, then every event; synced once the list is whole', async (t) => {
  const { server, informer, start, shows, put, changes, watching } = await world(t, { pageSize: 2 });
  for (const name of ['a', 'b', 'c', 'd', 'e']) put(name);
  assert.equal(informer.hasSynced, false);
  start();
  await shows('a', 'b', 'c', 'd', 'e');
  await watching();
  assert.equal(informer.hasSynced, true);
  assert.equal(server.requests.length, 4);
  put('a', { x: '1' });
  server.objects.remove(collection, 'ns/b');
  put('f');
  await shows('a', 'c', 'd', 'e', 'f');
  assert.deepEqual(changes.slice(5), ['updated a', 'deleted b', 'added f']);
  const watch = server.requests.at(-1);
  assert.equal(
    `${watch?.query}`,
    'watch=true&allowWatchBookmarks=true&resourceVersion=105&timeoutSeconds=480',
  );
});

test('managed fields are not kept', async (t) => {
  const { server, informer, start, shows } = await world(t);
  const object = named('a');
  server.objects.put(collection, {
    ...object,
    metadata: { ...object.metadata, managedFields: [{ manager: 'x' }] },
  });
  start();
  await shows('a');
  assert.equal(informer.store.get('ns/a')?.metadata.managedFields, undefined);
  assert.equal(informer.store.get('ns/a')?.kind, 'ConfigMap');
});

test('several namespaces are several list-watches behind one store', async (t) => {
  const { server, informer, start, shows, watching } = await world(t, { namespaces: ['one', 'two', 'one'] });
  for (const namespace of ['one', 'two', 'three'])
    server.objects.put(collection, named(`in-${namespace}`, namespace));
  start();
  await shows('in-one', 'in-two');
  await watching(2);
  assert.equal(informer.hasSynced, true);
  server.objects.put(collection, named('also', 'two'));
  server.objects.put(collection, named('also', 'three'));
  server.objects.remove(collection, 'one/in-one');
  await shows('also', 'in-two');
});

test('a watch that the server ends goes on from the last version, bookmarks counted', async (t) => {
  const { server, start, put, shows, watching, lists, lines } = await world(t);
  start();
  await watching();
  put('a');
  await shows('a');
  server.objects.put('v1/secrets', named('of another kind'));
  server.objects.bookmark();
  put('b');
  await shows('a', 'b');
  const before = server.requests.length;
  server.objects.endWatches();
  await eventually(() => assert.equal(server.requests.length, before + 1));
  assert.equal(server.requests.at(-1)?.query.get('resourceVersion'), `${server.objects.version}`);
  assert.equal(lists(), 1);
  assert.deepEqual(lines, []);
});

test('a connection reset in the middle of a line loses nothing and reads nothing twice', async (t) => {
  const { server, start, put, shows, changes, watching, lists } = await world(t);
  start();
  await watching();
  put('a');
  await shows('a');
  for (let round = 0; round < 5; round += 1) {
    server.objects.write('{"type":"ADDED","object":{"metadata":{"name":"half');
    server.breakConnections();
    put(`b${round}`);
    await eventually(() => assert.ok(changes.includes(`added b${round}`)));
    await watching();
  }
  assert.equal(lists(), 1);
  assert.deepEqual(changes, ['added a', 'added b0', 'added b1', 'added b2', 'added b3', 'added b4']);
});

test('410 in the stream and as an answer are a new list, and what went meanwhile is deleted', async (t) => {
  const { server, start, put, shows, watching, changes, lists, lines } = await world(t);
  put('a');
  put('b');
  start();
  await watching();
  server.faults.push((request) => {
    if (!isWatch(request)) return false;
    // Between two watches: the history that the next one asks for is gone.
    server.objects.remove(collection, 'ns/a');
    put('c');
    server.objects.compact();
    request.socket.resetAndDestroy();
    return true;
  });
  server.objects.endWatches();
  await shows('b', 'c');
  assert.equal(lists(), 2);
  await watching();
  server.faults.push((request, response) => {
    if (!isWatch(request)) return false;
    answerStatus(response, 410, 'Expired');
    server.objects.remove(collection, 'ns/b');
    return true;
  });
  server.objects.endWatches();
  await shows('c');
  assert.equal(lists(), 3);
  assert.deepEqual(changes, ['added a', 'added b', 'added c', 'deleted a', 'deleted b']);
  assert.deepEqual(
    lines.filter(({ level }) => level > 30).map(({ reason }) => reason),
    ['ECONNRESET'],
  );
});

test('a continue token that expires between two pages is a list from the start', async (t) => {
  const { server, informer, start, put, shows } = await world(t, { pageSize: 2 });
  for (const name of ['a', 'b', 'c']) put(name);
  server.faults.push((request, response) => {
    if (!request.query.has('continue')) return false;
    assert.equal(informer.hasSynced, false);
    server.objects.remove(collection, 'ns/a');
    server.objects.compact();
    server.objects.answer(request, response);
    return true;
  });
  start();
  await shows('b', 'c');
});

test('an error in the stream is a wait and a new list', async (t) => {
  const { server, start, put, shows, watching, lists, lines } = await world(t);
  start();
  await watching();
  server.objects.write(
    `${JSON.stringify({ type: 'ERROR', object: { code: 500, reason: 'InternalError' } })}\n`,
  );
  await eventually(() => assert.equal(lists(), 2));
  put('a');
  await shows('a');
  assert.deepEqual(
    lines.map(({ level, reason, waitMs }) => [level, reason, waitMs]),
    [[40, 'InternalError', 1000]],
  );
});

test('a watch on which nothing comes any more is replaced', async (t) => {
  const { server, start, put, shows, lines, lists } = await world(t, { silenceMs: 200 });
  server.faults.push((request, response) => {
    if (!isWatch(request)) return false;
    response.writeHead(200).flushHeaders();
    put('a');
    return true;
  });
  start();
  await shows('a');
  assert.equal(lists(), 1);
  assert.ok(lines.some(({ reason }) => reason === 'Silent'));
});

test('a server that accepts connections and never answers is left for another try', async (t) => {
  const { server, start, put, shows } = await world(t, {}, 300);
  put('a');
  server.faults.push(
    () => true,
    () => true,
  );
  start();
  await shows('a');
});

test('a failing API server is asked less and less, and every line of the log has its wait', async (t) => {
  const { server, clock, lines, start, put, shows, informer } = await world(t);
  put('a');
  server.outage = (_, response) => answerStatus(response, 403, 'Forbidden').headersSent;
  start();
  await eventually(() => assert.ok(server.requests.length >= 8));
  assert.equal(informer.hasSynced, false);
  server.outage = undefined;
  await shows('a');
  const waits = lines.map(({ waitMs }) => waitMs);
  assert.deepEqual(waits.slice(0, 7), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  assert.deepEqual(clock.sleeps, waits);
});

test('watches that end as soon as they begin do not become a storm', async (t) => {
  const { server, clock, start } = await world(t);
  for (let i = 0; i < 4; i += 1) {
    server.faults.push((request, response) => {
      if (!isWatch(request)) return false;
      response.writeHead(200).end();
      return true;
    });
  }
  start();
  await eventually(() => assert.equal(server.objects.watches, 1));
  assert.deepEqual(clock.sleeps, [1000, 2000, 4000, 5000]);
});

test('what a watch missed is found by the periodic list', async (t) => {
  const { server, clock, start, put, shows, changes, watching } = await world(t, { relistMs: 600_000 });
  put('a');
  put('b');
  start();
  await watching();
  // Nobody tells the watch of these.
  server.objects.tells = false;
  server.objects.remove(collection, 'ns/a');
  put('b', { x: '2' });
  put('c');
  server.objects.tells = true;
  clock.skip(660_000);
  server.objects.endWatches();
  await shows('b', 'c');
  assert.deepEqual(changes, ['added a', 'added b', 'updated b', 'added c', 'deleted a']);
});

test('a handler that throws does not end the watch', async (t) => {
  const { informer, start, put, shows, lines } = await world(t);
  informer.store.onChange(({ object }) => {
    if (object.metadata.name === 'a') throw new Error('My fault.');
  });
  put('a');
  start();
  await shows('a');
  put('b');
  await shows('a', 'b');
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ['a change handler threw'],
  );
});

test('resource versions that went back are taken as a new history', async (t) => {
  const { server, start, put, shows, watching, lines, informer } = await world(t);
  server.objects.version = 5000;
  put('a');
  put('b');
  start();
  await shows('a', 'b');
  await watching();
  server.objects.restore(1000);
  server.objects.put(collection, named('a', 'ns', { restored: 'yes' }));
  server.faults.push((request, response) => {
    if (!isWatch(request)) return false;
    answerStatus(response, 410, 'Expired');
    return true;
  });
  server.breakConnections();
  await shows('a');
  assert.equal(informer.store.get('ns/a')?.metadata.resourceVersion, '1001');
  assert.ok(lines.some(({ msg }) => msg === 'resource versions went back'));
});

test('stopped, it is over, wherever it was', async (t) => {
  const { stop, start, watching, put, names } = await world(t);
  const running = start();
  await watching();
  stop.abort();
  await running;
  put('a');
  assert.deepEqual(names(), []);
});
