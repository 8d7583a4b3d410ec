import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dbbackupImage } from './dbbackupImage.ts';
import type { Container, Pod } from './pod.ts';
import { commandLine, processEnvironment } from './processImage.ts';

const sample: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'sample', namespace: 'shop', uid: 'u' },
  spec: { containers: [] },
};
const path = (inside: string) => `/pods/u${inside}`;

test('command and args replace what the image has, as in Kubernetes', () => {
  const image = { entrypoint: ['entry'], cmd: ['default'] };
  const line = (container: Partial<Container>) =>
    commandLine(image, { name: 'main', image: 'a', ...container }, { NAME: 'value' });
  assert.deepEqual(line({}), ['entry', 'default']);
  assert.deepEqual(line({ args: ['$(NAME)', '$(NO)'] }), ['entry', 'value', '$(NO)']);
  assert.deepEqual(line({ command: ['own'] }), ['own']);
  assert.deepEqual(line({ command: ['own'], args: ['a'] }), ['own', 'a']);
});

test('paths are those of this machine, whoever named them; the rest is the image and over it the pod', () => {
  const image = { env: { A: 'image', B: 'image' }, paths: { DATA: '/data' } };
  const { PATH, ...environment } = processEnvironment(
    sample,
    image,
    { B: 'pod', C: '/data', HOME: '/home' },
    path,
  );
  assert.deepEqual(environment, {
    ...{ A: 'image', B: 'pod', C: '/data' },
    ...{ DATA: '/pods/u/data', HOME: '/pods/u/home', TMPDIR: '/pods/u/tmp', HOSTNAME: 'sample' },
  });
});

test('our own image finds secrets, termination log, staging and the folder of a destination', () => {
  const resource = (folder: string) =>
    JSON.stringify({ kind: 'DatabaseBackup', spec: { destination: { directory: { path: folder } } } });
  const given = { DBBACKUP_STAGING: '/staging', DBBACKUP_RESOURCE: resource('/backups') };
  const environment = processEnvironment(
    sample,
    dbbackupImage({ DBBACKUP_GOOGLE_URL: 'http://x' }),
    given,
    path,
  );
  assert.equal(environment.DBBACKUP_SECRETS, '/pods/u/var/run/secrets/dbbackup.dev');
  assert.equal(environment.DBBACKUP_TERMINATION_LOG, '/pods/u/dev/termination-log');
  assert.equal(environment.DBBACKUP_STAGING, '/pods/u/staging');
  assert.equal(environment.DBBACKUP_RESOURCE, resource('/pods/u/backups'));
  assert.equal(environment.DBBACKUP_GOOGLE_URL, 'http://x');
});
