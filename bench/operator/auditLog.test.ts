import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { auditLog } from './auditLog.ts';

const times = {
  requestReceivedTimestamp: '2026-03-01T02:00:00.000000Z',
  stageTimestamp: '2026-03-01T02:00:00.250000Z',
};
const applied = JSON.stringify({
  ...times,
  stage: 'ResponseComplete',
  verb: 'patch',
  userAgent: 'database-backup-operator',
  objectRef: { resource: 'databasebackups', subresource: 'status', name: 'shop' },
  responseStatus: { code: 200 },
});
const watch = (stage: string) =>
  JSON.stringify({ ...times, stage, verb: 'watch', objectRef: { resource: 'pods' } });

test('requests are read as they come, a line that is half written with its end, a watch once', async (t) => {
  const directory = await temporaryDirectory(t);
  const audit = await auditLog(directory, 'system:serviceaccount:system:operator');
  const file = join(directory, 'audit.log');

  await appendFile(file, `${watch('ResponseStarted')}\n${applied.slice(0, 40)}`);
  assert.deepEqual(
    (await audit.entries()).map(({ verb }) => verb),
    ['watch'],
  );
  await appendFile(file, `${applied.slice(40)}\n${watch('ResponseComplete')}\n`);
  const [, second, ...more] = await audit.entries();
  assert.deepEqual(more, []);
  assert.deepEqual(second, {
    startedAt: Date.parse('2026-03-01T02:00:00Z'),
    endedAt: Date.parse('2026-03-01T02:00:00.250Z'),
    verb: 'patch',
    resource: 'databasebackups/status',
    name: 'shop',
    status: 200,
    userAgent: 'database-backup-operator',
  });
});

test('the policy logs one user alone, and no bodies', async (t) => {
  const directory = await temporaryDirectory(t);
  await auditLog(directory, 'ann');
  const { rules } = JSON.parse(await readFile(join(directory, 'audit-policy.yaml'), 'utf8'));
  assert.deepEqual(rules, [
    { level: 'Metadata', users: ['ann'] },
    { level: 'None', users: [] },
  ]);
});
