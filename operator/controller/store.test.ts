import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from './kubernetesObject.ts';
import { type Change, Store } from './store.ts';

const kind = { apiVersion: 'v1', kind: 'ConfigMap' };

function version(
  resourceVersion: number,
  metadata: Partial<KubernetesObject['metadata']> = {},
): KubernetesObject {
  return {
    ...kind,
    metadata: { name: 'a', namespace: 'ns', uid: 'u1', resourceVersion: `${resourceVersion}`, ...metadata },
  };
}

function stored() {
  const changes: string[] = [];
  const errors: unknown[] = [];
  const store = new Store<KubernetesObject>({ onHandlerError: (error) => errors.push(error) });
  store.onChange(({ type, object, old, isOwn }: Change<KubernetesObject>) => {
    const from = old && type === 'updated' ? `${old.metadata.resourceVersion} → ` : '';
    changes.push(`${isOwn ? 'own ' : ''}${type} ${from}${object.metadata.resourceVersion}`);
  });
  return { store, changes, errors, shown: () => store.get('ns/a')?.metadata.resourceVersion };
}

test('versions are compared as numbers of any length', () => {
  const { store, shown } = stored();
  store.seen(version(99));
  store.seen(version(100));
  store.seen(version(99));
  assert.equal(shown(), '100');
});

test('our own write is there at once, and its echo is no news', () => {
  const { store, changes, shown } = stored();
  store.seen(version(10));
  store.remember(version(12));
  store.seen(version(11));
  assert.equal(shown(), '12');
  store.seen(version(12));
  store.seen(version(13));
  assert.deepEqual(changes, ['added 10', 'own updated 10 → 12', 'updated 12 → 13']);
});

test('the answer to our write that comes after the news of the end does not bring the object back', () => {
  const { store, shown } = stored();
  store.seen(version(10));
  store.seenDeleted(version(12));
  store.toldUpTo('', '12');
  store.remember(version(11));
  assert.equal(shown(), undefined);
});

test('what we deleted stays gone through late events and pages, until the watch knows', () => {
  const { store, changes, shown } = stored();
  store.seen(version(10));
  store.forget(version(10));
  store.seen(version(11));
  store.seenAll('', new Set(['ns/a']), '11');
  store.seen(version(11));
  assert.equal(shown(), undefined);
  store.seenDeleted(version(12));
  store.seen(version(20, { uid: 'u2' }));
  assert.equal(shown(), '20');
  assert.deepEqual(changes, ['added 10', 'own deleted 10', 'added 20']);
});

test('what we deleted but finalizers hold is there again, as being deleted', () => {
  const { store, shown } = stored();
  store.seen(version(10));
  store.forget(version(10));
  store.seen(version(11));
  store.seen(version(12, { deletionTimestamp: '2026-01-01T00:00:00Z' }));
  assert.equal(shown(), '12');
});

test('an object made anew under its name is not taken away by the late end of the old one', () => {
  const { store, changes, shown } = stored();
  store.seen(version(10));
  store.forget(version(10));
  store.remember(version(15, { uid: 'u2' }));
  store.seen(version(11));
  store.seenDeleted(version(12));
  store.seenAll('', new Set(), '13');
  assert.equal(shown(), '15');
  assert.deepEqual(changes, ['added 10', 'own deleted 10', 'own added 15']);
});

test('another UID under the same name is an end and a beginning', () => {
  const { store, changes } = stored();
  store.seen(version(10));
  store.seen(version(20, { uid: 'u2' }));
  assert.deepEqual(changes, ['added 10', 'deleted 10', 'added 20']);
});

test('what a complete list lacks is gone, in its scope alone, and only what is not newer than the list', () => {
  const { store } = stored();
  store.seen(version(10));
  store.seen(version(10, { name: 'b' }));
  store.seen(version(10, { namespace: 'other' }));
  store.remember(version(30, { name: 'new' }));
  store.seenAll('ns', new Set(['ns/b']), '20');
  assert.deepEqual(
    store
      .list()
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
      .sort(),
    ['ns/b', 'ns/new', 'other/a'],
  );
});

test('after a restored etcd the older versions count', () => {
  const { store, shown } = stored();
  store.seen(version(1000));
  store.toldUpTo('', '1000');
  store.rewind('');
  store.seen(version(500));
  store.seenAll('', new Set(['ns/a']), '600');
  store.remember(version(601));
  assert.equal(shown(), '601');
});

test('indexes follow every change', () => {
  const { store } = stored();
  store.seen(version(10, { labels: { app: 'x' } }));
  store.index('app', ({ metadata }) => Object.values(metadata.labels ?? {}));
  const names = (value: string) => store.by('app', value).map(({ metadata }) => metadata.name);
  store.seen(version(11, { name: 'b', labels: { app: 'x', also: 'y' } }));
  assert.deepEqual([names('x'), names('y')], [['a', 'b'], ['b']]);
  store.seen(version(12, { labels: { app: 'y' } }));
  store.forget(version(11, { name: 'b' }));
  assert.deepEqual([names('x'), names('y')], [[], ['a']]);
  assert.throws(() => store.by('other', 'x'), /no index other/);
});

test('a handler that throws is told of and hinders nobody', () => {
  const { store, changes, errors } = stored();
  store.onChange(() => {
    throw new Error('My fault.');
  });
  store.onChange(({ type }) => changes.push(`second ${type}`));
  store.seen(version(10));
  assert.deepEqual(changes, ['added 10', 'second added']);
  assert.equal(errors.length, 1);
});

test('only what the transform leaves is kept, of own writes too', () => {
  const transform = (object: KubernetesObject) => ({
    ...object,
    metadata: { ...object.metadata, annotations: {} },
  });
  const store = new Store<KubernetesObject>({ onHandlerError: (error) => assert.ifError(error), transform });
  store.seen(version(1, { annotations: { big: 'x' } }));
  store.remember(version(2, { name: 'b', annotations: { big: 'x' } }));
  for (const { metadata } of store.list()) assert.deepEqual(metadata.annotations, {});
});
