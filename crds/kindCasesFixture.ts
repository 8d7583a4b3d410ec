import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { KubectlError } from '../sandbox/kubernetes/access.ts';
import { object, testApi } from '../sandbox/kubernetes/testApi.ts';

/** A spec as a test writes it, right or wrong. */
export type Spec = Record<string, unknown>;

/** A spec that breaks one rule. */
export interface BadSpec {
  readonly name: string;
  readonly spec: Spec;
  /** Where the rule stands, as `spec.formats[]`, and its message. */
  readonly rule: string;
  readonly message: string;
  /** zod's own sentence; null where zod takes the spec, since the rule is one of the cluster. */
  readonly zod?: string | null;
}

export interface GoodSpec {
  readonly name: string;
  readonly spec: Spec;
}

/** What a kind takes and what it refuses. */
export interface KindCases {
  readonly kind: string;
  readonly schema: z.ZodType<{ spec: unknown }>;
  readonly bad: readonly BadSpec[];
  readonly good: readonly GoodSpec[];
}

/** Tests that the API server and zod say the same of the specs of a kind. */
export function testRules({ kind, schema, bad, good }: KindCases): void {
  const parse = (spec: Spec) => schema.safeParse(object(kind, 'shop', spec));

  test(`every rule of a ${kind} refuses with its sentence, in the API server and in zod alike`, async (t) => {
    const api = await testApi(t);
    if (!api) return;
    for (const { name, spec, rule, message, zod = message } of bad) {
      await t.test(name, async () => {
        const answer = await api.attempt(kind, 'shop', spec);
        assert.equal(answer.status, 422, answer.message);
        assert.match(answer.message, placeOf(rule));
        assert.ok(answer.message.includes(message), answer.message);
        const { success, error } = parse(spec);
        if (zod === null) return assert.ok(success, `${error}`);
        const told = error?.issues.map((issue) => issue.message).join('\n') ?? 'zod takes it';
        assert.ok(told.includes(zod), told);
      });
    }
  });

  test(`a ${kind} that keeps the rules is taken, with the defaults of zod`, async (t) => {
    const api = await testApi(t);
    if (!api) return;
    for (const { name, spec } of good) {
      await t.test(name, async () => {
        const answer = await api.attempt(kind, 'shop', spec);
        assert.equal(answer.status, 201, answer.message);
        assert.deepEqual(answer.spec, plain(schema.parse(object(kind, 'shop', spec)).spec));
      });
    }
  });
}

/** Where the API server says that a rule is broken; one of the whole resource says the place itself. */
function placeOf(rule: string): RegExp {
  const steps = rule
    .replaceAll('.', '\\.')
    .replaceAll('[]', '\\[\\d+\\]')
    .replace(/\\\.\*$/, '[.[].+');
  return new RegExp(`${rule === '' ? 'spec\\.\\S+' : steps}: (Invalid value|Forbidden):`);
}

/** A kind whose spec is about one run, and what it is found by. */
export interface RequestCases {
  readonly kind: string;
  readonly shortName: string;
  readonly schema: z.ZodType<{ spec: unknown }>;
  /** Field of the spec that names whose run it is. */
  readonly owner: string;
  /** What else a spec needs. */
  readonly spec?: Spec;
  /** Changes that are refused. */
  readonly changes: readonly Spec[];
  /** Follows "create a new". */
  readonly advice: string;
}

/** Tests that the spec of a kind never changes, and that its objects are found by their owner. */
export function testRequest({ kind, shortName, schema, owner, spec, changes, advice }: RequestCases): void {
  test(`the spec of a ${kind} cannot be changed, and it is found by ${owner}`, async (t) => {
    const api = await testApi(t);
    if (!api) return;
    const { cluster, namespace } = api;
    const first = { ...spec, [owner]: 'shop' };
    const created = await api.create(kind, 'first', first);
    assert.equal(created.status, 201, created.message);
    assert.deepEqual(created.spec, plain(schema.parse(object(kind, 'first', first)).spec));
    const other = await api.create(kind, 'other', { ...spec, [owner]: 'blog', requestedBy: 'Ann' });
    assert.equal(other.status, 201, other.message);
    for (const change of [{ [owner]: 'blog' }, { requestedBy: 'Bob' }, ...changes]) {
      const patch = JSON.stringify({ spec: change });
      await assert.rejects(
        cluster.kubectl(['patch', shortName, 'first', '-n', namespace, '--type=merge', '-p', patch]),
        (error) =>
          error instanceof KubectlError && error.stderr.includes(`cannot be changed: create a new ${advice}`),
      );
    }
    const selector = ['--field-selector', `spec.${owner}=shop`];
    const found = await cluster.kubectl(['get', shortName, '-n', namespace, ...selector, '-o', 'name']);
    assert.equal(found, `${kind.toLowerCase()}.dbbackup.dev/first\n`);
  });
}

/** Tests that `kubectl explain` says of fields of a kind what a person looks for. */
export function testExplanations(plural: string, told: Readonly<Record<string, RegExp>>): void {
  test(`kubectl explain tells what the fields of ${plural} do`, async (t) => {
    const api = await testApi(t);
    if (!api) return;
    for (const [field, words] of Object.entries(told)) {
      const text = await api.cluster.kubectl(['explain', `${plural}.${field}`]);
      assert.match(text.replace(/\s+/g, ' '), words);
    }
  });
}

/** As JSON has it: without what is undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
