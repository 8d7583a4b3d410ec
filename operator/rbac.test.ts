import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

function rules(file: string, kind: string): Rule[] {
  const text = readFileSync(join(import.meta.dirname, 'rbac', file), 'utf8');
  const documents = parseAllDocuments(text).map(
    (document) => document.toJS() as { kind: string; metadata: { name: string }; rules: Rule[] },
  );
  const found = documents.find(
    (each) => each.kind === kind && each.metadata.name === 'database-backup-operator',
  );
  assert.ok(found, `${file} has no ${kind}`);
  return found.rules;
}

const cluster = rules('cluster.yaml', 'ClusterRole');

test('the namespaced form has the rules of the cluster-wide one', () => {
  assert.deepEqual(rules('namespaced.yaml', 'Role'), cluster);
});

test('there is no rule on Secrets, none that makes pods, and no wildcard', () => {
  for (const { apiGroups, resources, verbs } of cluster) {
    assert.ok(![...apiGroups, ...resources, ...verbs].some((word) => word.includes('*')));
    assert.ok(!resources.includes('secrets'));
    if (resources.includes('pods')) assert.deepEqual(verbs, ['list', 'watch']);
  }
});
