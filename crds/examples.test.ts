import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { z } from 'zod';
import { structuralSchema } from './customResourceDefinition.ts';
import { databaseBackupResource } from './databaseBackup.ts';
import { databaseBackupRun } from './databaseBackupRun.ts';
import { databaseRestore } from './databaseRestore.ts';
import { parseResource } from './parseResource.ts';
import { findDatabaseBackup, findResource, readResources } from './readResources.ts';
import { sheetSync } from './sheetSync.ts';
import { sheetSyncRun } from './sheetSyncRun.ts';

const folder = join(import.meta.dirname, '..', 'examples');
const files = globSync('*.yaml', { cwd: folder }).sort();

for (const file of files.filter((name) => !/^(run|restore.*|sheet-sync.*)\.yaml$/.test(name))) {
  test(`examples/${file} is a valid backup`, () => {
    const resources = readResources(readFileSync(join(folder, file), 'utf8'), file);
    assert.equal(findDatabaseBackup(resources, file).metadata.name, 'shop');
  });
}

const only = <T extends z.ZodType>(file: string, kind: string, schema: T) =>
  findResource(readResources(readFileSync(join(folder, file), 'utf8'), file), file, { kind, schema });

test('examples/run.yaml and examples/sheet-sync-run.yaml are valid runs of that backup and that sync', () => {
  const { spec, metadata } = only('run.yaml', 'DatabaseBackupRun', databaseBackupRun);
  assert.deepEqual([spec.backupName, metadata.namespace], ['shop', 'shop']);
  const sync = only('sheet-sync-run.yaml', 'SheetSyncRun', sheetSyncRun);
  assert.deepEqual([sync.spec.syncName, sync.metadata.namespace], ['shop', 'shop']);
});

test('the restores among the examples are one of that backup, and one of a folder alone', () => {
  const specs = files
    .filter((name) => name.startsWith('restore'))
    .flatMap((name) => readResources(readFileSync(join(folder, name), 'utf8'), name))
    .map((resource) => parseResource(databaseRestore, resource).spec);
  assert.deepEqual(
    specs.map(({ backupName, source }) => [backupName, source?.googleDrive?.credentialsSecretRef.name]),
    [
      [undefined, 'drive-oauth'],
      ['shop', undefined],
    ],
  );
});

test('examples/sheet-sync.yaml is a valid sync', () => {
  const { spec, metadata } = only('sheet-sync.yaml', 'SheetSync', sheetSync);
  assert.deepEqual([metadata.name, metadata.namespace], ['shop', 'shop']);
  assert.equal(spec.notification?.email?.when, 'OnFailure');
  assert.deepEqual(
    spec.sheets.map(({ name, mode }) => [name, mode]),
    [
      ['Customers', 'Replace'],
      ['Revenue', 'Replace'],
      ['Orders', 'Append'],
    ],
  );
});

test('examples/everything.yaml shows every field of the spec', () => {
  const [resource] = readResources(readFileSync(join(folder, 'everything.yaml'), 'utf8'), 'everything.yaml');
  const spec = structuralSchema(databaseBackupResource.spec) as Schema;
  assert.deepEqual(
    // Affinity is that of a Pod: one example is enough.
    missing(spec, resource?.value.spec, 'spec').filter((path) => !path.startsWith('spec.runner.affinity.')),
    [
      // Only one of each pair may be there.
      'spec.destination.directory',
      'spec.encryption.recipients',
      'spec.staging.claimName',
      'spec.drill.target',
    ],
  );
});

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
}

function missing(schema: Schema, value: unknown, path: string): string[] {
  const { items } = schema;
  if (items) {
    // One item may show what another leaves out.
    const [first = [], ...others] = ((value ?? []) as unknown[]).map((item) => missing(items, item, path));
    return first.filter((field) => others.every((fields) => fields.includes(field)));
  }
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const child = (value as Record<string, unknown> | undefined)?.[name];
    return child === undefined ? [`${path}.${name}`] : missing(property, child, `${path}.${name}`);
  });
}
