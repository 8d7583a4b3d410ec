import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { eventually } from '../../sandbox/testing.ts';
import type { Event } from './event.ts';
import { eventNote } from './eventNote.ts';
import { EventRecorder, type EventRecorderOptions } from './eventRecorder.ts';
import { answerStatus, kubeConfigOf, startFakeApiServer } from './fakeApiServerFixture.ts';
import { kubernetesClient } from './httpClient.ts';
import { hastyClock } from './manualClockFixture.ts';
import { runtimeMetrics } from './metrics.ts';

const backup = {
  apiVersion: 'dbbackup.dev/v1alpha1',
  kind: 'DatabaseBackup',
  metadata: { name: 'shop', namespace: 'ns', uid: 'u1', resourceVersion: '7' },
};
const text = { type: 'Warning', reason: 'FolderNotFound', action: 'Check', note: 'No folder.' } as const;
const soon = () => AbortSignal.timeout(60_000);

async function recording(t: TestContext, options: Partial<EventRecorderOptions> = {}) {
  const server = await startFakeApiServer(t);
  const clock = hastyClock();
  const metrics = runtimeMetrics();
  const client = kubernetesClient(kubeConfigOf(server.url), { fieldManager: 't', userAgent: 't', clock });
  t.after(() => client.close());
  const settings = { client, clock, metrics, logger: pino({ level: 'silent' }) };
  const recorder = new EventRecorder({
    ...settings,
    controller: 'dbbackup.dev/operator',
    instance: 'pod-1',
    ...options,
  });
  const sent = (method: string) =>
    server.requests.filter((request) => request.method === method).map(({ body }) => body);
  const dropped = async () => {
    const { values = [] } =
      (await metrics.registry.getSingleMetric('event_recorder_dropped_total')?.get()) ?? {};
    return Object.fromEntries(values.map(({ labels, value }) => [labels.reason, value]));
  };
  return { server, clock, recorder, sent, dropped };
}

test('names are in the order of what happened, within a millisecond, too', async (t) => {
  const { recorder, sent } = await recording(t);
  for (let n = 0; n < 20; n++) {
    recorder.record(backup, { ...text, note: `Number ${n}.` });
  }
  await recorder.flush(soon());
  const names = sent('POST').map(({ metadata }) => metadata.name);
  assert.equal(names.length, 20);
  assert.deepEqual(names.toSorted(), names);
});

test('an event says what happened to what, and who says so', async (t) => {
  const { recorder, server, sent } = await recording(t);
  recorder.record(backup, text);
  await recorder.flush(soon());
  assert.deepEqual(server.lines, ['POST /apis/events.k8s.io/v1/namespaces/ns/events']);
  const { metadata, eventTime, ...rest }: Event = sent('POST')[0];
  assert.match(metadata.name, /^shop\.[0-9a-f]{18}$/);
  assert.match(eventTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.deepEqual(rest, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    ...text,
    regarding: {
      apiVersion: 'dbbackup.dev/v1alpha1',
      kind: 'DatabaseBackup',
      name: 'shop',
      namespace: 'ns',
      uid: 'u1',
      resourceVersion: '7',
    },
    reportingController: 'dbbackup.dev/operator',
    reportingInstance: 'pod-1',
  });
});

test('the same within ten minutes is the same event once more, whatever else changed of the object', async (t) => {
  const { recorder, clock, sent } = await recording(t);
  for (let i = 0; i < 3; i += 1) {
    recorder.record({ ...backup, metadata: { ...backup.metadata, resourceVersion: `${i}` } }, text);
  }
  recorder.record(backup, { ...text, note: 'Another one.' });
  await recorder.flush(soon());
  assert.equal(sent('POST').length, 2);
  assert.deepEqual(
    sent('PATCH').map(({ series }) => series.count),
    [2, 3],
  );
  clock.skip(11 * 60_000);
  recorder.record(backup, text);
  await recorder.flush(soon());
  assert.equal(sent('POST').length, 3);
});

test('an event that is gone meanwhile is told anew', async (t) => {
  const { recorder, server, sent } = await recording(t);
  recorder.record(backup, text);
  await recorder.flush(soon());
  server.objects.remove('events.k8s.io/v1/events', `ns/${sent('POST')[0].metadata.name}`);
  recorder.record(backup, text);
  await recorder.flush(soon());
  assert.equal(sent('POST').length, 2);
});

test('what the API server refuses is counted and troubles nobody', async (t) => {
  const { recorder, server, dropped } = await recording(t);
  server.faults.push((_, response) => answerStatus(response, 403, 'Forbidden').headersSent);
  recorder.record(backup, text);
  recorder.record(backup, { ...text, note: 'The next one.' });
  await recorder.flush(soon());
  assert.deepEqual(await dropped(), { QueueFull: 0, Refused: 1 });
  assert.equal(server.requests.length, 2);
});

test('more than can wait is dropped, and stopping does not wait for an API server that does not answer', async (t) => {
  const { recorder, server, dropped } = await recording(t, { capacity: 2 });
  server.outage = () => true;
  for (let i = 0; i < 5; i += 1) recorder.record(backup, { ...text, note: `${i}` });
  await eventually(() => assert.equal(server.requests.length, 1));
  await recorder.flush(AbortSignal.abort());
  assert.deepEqual(await dropped(), { QueueFull: 2, Refused: 3 });
});

test('a note has at most 1024 bytes and ends at a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 2000, size: 'max' }), (note) => {
      const cut = eventNote(note);
      assert.ok(Buffer.byteLength(cut) <= 1024);
      assert.ok(cut === note || note.startsWith(cut.slice(0, -1)));
      assert.ok(cut.isWellFormed() || !note.isWellFormed());
    }),
  );
  assert.equal(eventNote('я'.repeat(600)), `${'я'.repeat(510)}…`);
});
