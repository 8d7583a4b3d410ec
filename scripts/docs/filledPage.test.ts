import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { filledPage } from './filledPage.ts';
import { rightsTable } from './rightsTable.ts';

const page = 'Before.\n<!-- generated: one -->\nold\n<!-- /generated -->\nAfter.\n';

test('a part is made anew between its marks, and the rest stays', () => {
  const expected = 'Before.\n<!-- generated: one -->\nnew $1\n<!-- /generated -->\nAfter.\n';
  assert.equal(filledPage(page, { one: 'new $1' }), expected);
  assert.equal(filledPage(expected, { one: 'new $1' }), expected);
});

test('a part that nothing makes, and one that the page lacks, are told', () => {
  assert.throws(() => filledPage(page, {}), /Nothing makes the part one/);
  assert.throws(() => filledPage(page, { one: '', two: '' }), /no part two/);
});

test('a right without a reason is told', () => {
  const yaml = readFileSync(new URL('../../operator/rbac/cluster.yaml', import.meta.url), 'utf8');
  assert.match(rightsTable(yaml), /^\| `pods` \| list, watch \| /m);
  assert.throws(() => rightsTable(yaml.replace('resources: [pods]', 'resources: [pods, nodes]')), /nodes/);
  assert.throws(() => rightsTable(yaml.replace('resources: [pods]', 'resources: []')), /differ/);
});
