import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from './failureReason.ts';
import { findDatabaseBackup, readResources } from './readResources.ts';

const good = `apiVersion: dbbackup.dev/v1alpha1
kind: DatabaseBackup
metadata:
  name: shop
spec:
  database:
    secretRef: {name: shop-db}
  destination:
    directory: {path: /backups}
`;

const parse = (text: string, name?: string) =>
  findDatabaseBackup(readResources(text, 'b.yaml'), 'b.yaml', name);

function sentence(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof BackupError);
    assert.equal(error.reason, 'InvalidSpec');
    return error.message;
  }
  assert.fail('the text was accepted');
}

test('fills in every default', () => {
  const { metadata, spec } = parse(good);
  assert.equal(metadata.namespace, 'default');
  assert.deepEqual(spec.formats, ['csv', 'xlsx', 'json', 'sql']);
  assert.deepEqual(spec.retention, { maxAgeDays: 30, minKeep: 3, mode: 'Trash', shrinkGuard: 0.5 });
  assert.deepEqual(spec.database.tables, { include: ['*.*'], exclude: [] });
  assert.equal(spec.compression, 'Auto');
  assert.equal(spec.timeoutSeconds, 3600);
  assert.deepEqual(spec.runHistoryLimit, { successful: 30, failed: 10 });
});

test('names line, column and the nearest field for a misspelt one', () => {
  assert.equal(
    sentence(`${good}  retentoin: {maxCount: 5}\n`),
    'b.yaml:10:14: spec.retentoin is not a field; did you mean retention?',
  );
  assert.match(sentence(`${good}  banana: 1\n`), /spec\.banana is not a field; known are schedule, /);
});

const cases: [name: string, text: string, expected: RegExp][] = [
  ['malformed YAML', 'kind: DatabaseBackup\nspec: [1, 2\n', /^b\.yaml:\d+:\d+: /],
  [
    'an unknown format',
    `${good}  formats: [csv, parquet]\n`,
    /^b\.yaml:10:18: spec\.formats\[1\] must be one of csv, xlsx, json, sql$/,
  ],
  ['a format named twice', `${good}  formats: [csv, csv]\n`, /spec\.formats names a format twice/],
  [
    'two destinations',
    good.replace(
      'directory: {path: /backups}',
      'directory: {path: /b}\n    googleDrive: {folderID: "1234567890", credentialsSecretRef: {name: x}}',
    ),
    /exactly one of googleDrive and directory/,
  ],
  [
    'no destination',
    good.replace('directory: {path: /backups}', '{}'),
    /exactly one of googleDrive and directory/,
  ],
  [
    'a relative path',
    good.replace('/backups', 'backups'),
    /spec\.destination\.directory\.path write an absolute path/,
  ],
  [
    'a folder address instead of its ID',
    good.replace(
      'directory: {path: /backups}',
      'googleDrive: {folderID: "https://drive.google.com/drive/folders/abc", credentialsSecretRef: {name: x}}',
    ),
    /the part after \/folders\//,
  ],
  ['too many retries', `${good}  retries: 99\n`, /spec\.retries must be at most 10$/],
  ['half a retry', `${good}  retries: 2.5\n`, /spec\.retries must be a whole number$/],
  ['no format', `${good}  formats: []\n`, /spec\.formats must have at least 1 items$/],
  ['an unknown time zone', `${good}  timeZone: Europe/Atlantis\n`, /spec\.timeZone is no IANA time zone/],
  ['maxCount below minKeep', `${good}  retention: {maxCount: 2}\n`, /maxCount is smaller than minKeep/],
  [
    'a password that could travel in clear',
    `${good}  notification: {email: {to: [a@b], smtp: {host: x, credentialsSecretRef: {name: s}}}}\n`,
    /credentialsSecretRef needs tls Required or Implicit/,
  ],
  [
    'a line break in an address',
    `${good}  notification: {email: {to: ["a@b\\nBcc: c@d"], smtp: {host: x}}}\n`,
    /write one address/,
  ],
  ['a number where a list is wanted', `${good}  formats: 5\n`, /spec\.formats must be a list/],
  [
    'a missing spec',
    'apiVersion: dbbackup.dev/v1alpha1\nkind: DatabaseBackup\nmetadata: {name: a}\n',
    /spec is missing/,
  ],
  [
    'a name that is too long',
    good.replace('name: shop\n', `name: ${'a'.repeat(53)}\n`),
    /metadata\.name .*52/,
  ],
  ['another kind', 'apiVersion: v1\nkind: ConfigMap\n', /holds no DatabaseBackup, but ConfigMap/],
  ['an empty file', '', /holds no DatabaseBackup, but nothing/],
  ['two backups', `${good}---\n${good}`, /holds 2 DatabaseBackups: choose one with --name/],
  ['a duplicate key', `${good}kind: X\n`, /^b\.yaml:10:1: this key is here twice in one map$/],
];
for (const [name, text, expected] of cases) {
  test(`refuses ${name} with a sentence`, () => assert.match(sentence(text), expected));
}

test('quotes nothing of what may be a Secret', () => {
  const secret = (value: string) => sentence(`${good}---\nkind: Secret\nstringData:\n  password: ${value}\n`);
  assert.match(secret('*hunter2'), /^b\.yaml:13:13: an alias \(\*\) without its anchor/);
  for (const value of [
    '|hunter2',
    '>hunter2',
    '"hunter2',
    "'hunter2",
    '%hunter2',
    '@hunter2',
    '`hunter2',
    '[hunter2',
    '{hunter2',
    '&hunter2 *hunter2',
    '!hunter2 [',
    'hunter2: x: y',
  ]) {
    const told = secret(value);
    assert.match(told, /^b\.yaml:1\d:\d+: /, value);
    assert.doesNotMatch(told, /hunter2/, value);
  }
});

test('takes the backup of the given name', () => {
  const two = `${good}---\n${good.replace('name: shop\n', 'name: other\n')}`;
  assert.equal(parse(two, 'other').metadata.name, 'other');
});
