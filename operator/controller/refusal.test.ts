import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from './refusal.ts';

const forbidden = (message: string) =>
  refusal(403, JSON.stringify({ kind: 'Status', reason: 'Forbidden', message, code: 403 }));

test('an owner whose kind the API server does not know yet is told from a quota, and no sentence is taken over', () => {
  const early = forbidden(
    'cronjobs.batch "shop" is forbidden: cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion dbbackup.dev/v1alpha1 Kind DatabaseBackup: no matches for kind "DatabaseBackup" in version "dbbackup.dev/v1alpha1"',
  );
  assert.deepEqual(early, { status: 403, reason: 'Forbidden', fields: [], isKindNew: true });
  assert.equal(forbidden('exceeded quota: none, requested: count/jobs.batch=1').isKindNew, false);
  assert.equal(refusal(403, '<html>proxy</html>').isKindNew, false);
});
