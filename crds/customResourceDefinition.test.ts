import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { customResourceDefinition, structuralSchema } from './customResourceDefinition.ts';
import { databaseBackupResource } from './databaseBackup.ts';
import { databaseBackupRunResource } from './databaseBackupRun.ts';
import { databaseRestoreResource } from './databaseRestore.ts';
import type { BadSpec } from './kindCasesFixture.ts';
import { badRestores } from './restoreCasesFixture.ts';
import { badSpecs } from './ruleCasesFixture.ts';
import { sheetSyncResource } from './sheetSync.ts';
import { sheetSyncRunResource } from './sheetSyncRun.ts';
import { badSyncs } from './syncCasesFixture.ts';

interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  'x-kubernetes-validations'?: { message: string }[];
}

function* fields(schema: Schema, path: string): Generator<[string, Schema]> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, property];
    yield* fields(property, `${path}.${name}`);
  }
  if (schema.items) yield* fields(schema.items, `${path}[]`);
}

const resources = [
  databaseBackupResource,
  databaseBackupRunResource,
  databaseRestoreResource,
  sheetSyncResource,
  sheetSyncRunResource,
];
type Resource = (typeof resources)[number];

for (const resource of resources) {
  test(`every field of a ${resource.kind} has a description for kubectl explain`, () => {
    const { spec, status } = resource;
    const silent = [
      ...fields(structuralSchema(spec) as Schema, 'spec'),
      ...fields(structuralSchema(status) as Schema, 'status'),
    ]
      .filter(([, schema]) => !schema.description)
      .map(([path]) => path);
    assert.deepEqual(silent, []);
  });
}

/** Each rule of a CRD as `path: message`. */
function* rules(schema: Schema, path: string): Generator<string> {
  for (const { message } of schema['x-kubernetes-validations'] ?? []) yield `${path}: ${message}`;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* rules(property, path ? `${path}.${name}` : name);
  }
  if (schema.items) yield* rules(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* rules(schema.additionalProperties, `${path}.*`);
}

const rulesOf = (resource: Resource) => {
  const [version] = customResourceDefinition(resource).spec.versions;
  return new Set(rules(version?.schema.openAPIV3Schema as object, ''));
};
const tried = (specs: readonly BadSpec[]) => new Set(specs.map(({ rule, message }) => `${rule}: ${message}`));
const unchanging = (kind: string, what = 'run') =>
  `spec: cannot be changed: create a new ${kind} for another ${what}`;

test('every rule of the CRD has a spec that breaks it, for the tests against the API server', () => {
  const all = rulesOf(databaseBackupResource);
  const long = [...all].filter((rule) => rule.includes('characters, the most')); // malformed/nameTooLong.yaml
  assert.deepEqual([...all.difference(tried(badSpecs))], long);
  assert.deepEqual([...tried(badSpecs).difference(all)], []);
});

const others = [
  {
    resource: databaseRestoreResource,
    bad: badRestores,
    // Where it has the parts of a backup.
    place: (rule: string) =>
      rule
        .replace(/^spec\.database(?=[.:])/, 'spec.target')
        .replace(/^spec\.destination(?=[.:])/, 'spec.source'),
    // malformed/restoreNameTooLong.yaml; by a change, in databaseRestore.cluster.test.ts.
    elsewhere: [
      ': has more than 63 characters, the most that a Job may have',
      unchanging('DatabaseRestore', 'restore'),
    ],
  },
  {
    resource: sheetSyncResource,
    bad: badSyncs,
    place: (rule: string) => rule,
    // sheetSync.cluster.test.ts
    elsewhere: [': has more than 47 characters, the most that a CronJob named after it may have'],
  },
];
for (const { resource, bad, place, elsewhere } of others) {
  test(`every rule of a ${resource.kind} has a spec that breaks it, beside those that it shares with a backup`, () => {
    const all = rulesOf(resource);
    const own = all.difference(new Set([...rulesOf(databaseBackupResource)].map(place)));
    assert.deepEqual([...own.difference(tried(bad))], elsewhere);
    assert.deepEqual([...tried(bad).difference(all)], []);
  });
}

test('every printer column reads a field that the schema has', () => {
  for (const resource of resources) {
    const status = new Map(fields(structuralSchema(resource.status) as Schema, '.status'));
    const spec = new Map(fields(structuralSchema(resource.spec) as Schema, '.spec'));
    for (const { jsonPath } of customResourceDefinition(resource).spec.versions[0]
      ?.additionalPrinterColumns ?? []) {
      if (jsonPath.startsWith('.metadata.')) continue;
      const path = jsonPath.replace(/\[\?.*?\]/, '[]');
      assert.ok(status.has(path) || spec.has(path), jsonPath);
    }
  }
});

test('what a CRD cannot express stops the generation with its path', () => {
  const union = z.strictObject({ port: z.union([z.string(), z.number()]) });
  assert.throws(() => structuralSchema(union), /\.port: a CRD cannot express anyOf/);
});
