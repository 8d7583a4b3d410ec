import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubernetesObject } from './kubernetesObject.ts';
import { Store } from './store.ts';

// The API server's history of one name is one line of events; what reaches the store is its watch (in order, with
// delay), lists (of any moment not before the watch's, their end any time later) and answers to our own writes
// (in any order, with any delay).

type Step = {
  readonly act: 'write' | 'ownWrite' | 'delete' | 'ownDelete' | 'watch' | 'relist' | 'answer';
  readonly pick: number;
};

interface Event {
  readonly type: 'put' | 'deleted';
  readonly object: KubernetesObject;
  readonly isOwn: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    act: fc.constantFrom(
      'write',
      'ownWrite',
      'delete',
      'ownDelete',
      'watch',
      'watch',
      'watch',
      'relist',
      'answer',
      'answer',
    ),
    pick: fc.nat({ max: 20 }),
  }),
  { maxLength: 60, size: 'max' },
);

class World {
  readonly store = new Store<KubernetesObject>({ onHandlerError: (error) => assert.ifError(error) });
  readonly history: Event[] = [];
  readonly answers: (() => void)[] = [];
  watched = 0;
  #uid = 0;
  #told = 0;
  #version = 1;
  #shown = 0;
  #atLeast = 0;

  run({ act, pick }: Step): void {
    if (act === 'write' || act === 'ownWrite') this.#put(act === 'ownWrite');
    else if (act === 'delete' || act === 'ownDelete') this.#delete(act === 'ownDelete', pick);
    else if (act === 'watch') this.#watchOne();
    else if (act === 'relist') this.#relist(pick);
    else this.answers.splice(pick % Math.max(1, this.answers.length), 1)[0]?.();
    this.#check();
  }

  /** Everything arrives. */
  finish(): void {
    for (const answer of this.answers.splice(0)) answer();
    while (this.watched < this.history.length) this.#watchOne();
    this.#check();
    const last = this.history.at(-1);
    const expected = last?.type === 'put' ? last.object : undefined;
    assert.deepEqual(this.store.get('ns/a'), expected);
    assert.equal(this.store.size, expected ? 1 : 0);
  }

  #put(isOwn: boolean): void {
    const last = this.history.at(-1);
    if (last?.type !== 'put') this.#uid += 1;
    const object = this.#object();
    this.history.push({ type: 'put', object, isOwn });
    if (isOwn) {
      this.answers.push(() => {
        this.store.remember(object);
        this.#atLeast = Math.max(this.#atLeast, Number(object.metadata.resourceVersion));
      });
    }
  }

  #delete(isOwn: boolean, pick: number): void {
    const last = this.history.at(-1);
    if (last?.type !== 'put') return;
    const end = this.#object();
    this.history.push({ type: 'deleted', object: end, isOwn });
    if (!isOwn) return;
    // Whoever deletes may know an older version than the last.
    const versions = this.history.filter(({ object }) => object.metadata.uid === last.object.metadata.uid);
    const known = versions[pick % (versions.length - 1)] ?? last;
    this.answers.push(() => {
      this.store.forget(known.object);
      this.#atLeast = Math.max(this.#atLeast, Number(end.metadata.resourceVersion));
    });
  }

  #watchOne(): void {
    const event = this.history[this.watched];
    if (!event) return;
    this.watched += 1;
    if (event.type === 'put') this.store.seen(event.object);
    else this.store.seenDeleted(event.object);
    this.#tell(Number(event.object.metadata.resourceVersion));
  }

  /** A consistent read: of now or, as its pages take time, of a moment since the watch stopped. */
  #relist(pick: number): void {
    const until = this.watched + (pick % (this.history.length - this.watched + 1));
    const last = this.history[until - 1];
    const version = last ? Number(last.object.metadata.resourceVersion) : 1;
    const keys = new Set<string>();
    if (last?.type === 'put') {
      keys.add('ns/a');
      this.store.seen(last.object);
    }
    this.store.seenAll('', keys, `${Math.max(version, this.#told)}`);
    this.#told = Math.max(version, this.#told);
    this.watched = until;
  }

  #tell(version: number): void {
    this.#told = version;
    this.store.toldUpTo('', `${version}`);
  }

  /** What is shown was true at some moment, no earlier than what was shown before or what we wrote ourselves. */
  #check(): void {
    const object = this.store.get('ns/a');
    const floor = Math.max(this.#shown, this.#atLeast, this.#told);
    if (object) {
      const version = Number(object.metadata.resourceVersion);
      const next = this.history.find((event) => Number(event.object.metadata.resourceVersion) > version);
      const trueUntil = next ? Number(next.object.metadata.resourceVersion) : Number.POSITIVE_INFINITY;
      assert.ok(trueUntil > floor, `Version ${version} is shown, though we know of ${floor}.`);
      this.#shown = Math.max(this.#shown, version);
      return;
    }
    const wasGone = this.history.some(({ type }, at) => {
      const next = this.history[at + 1];
      return type === 'deleted' && (!next || Number(next.object.metadata.resourceVersion) > floor);
    });
    const first = this.history[0];
    const notYet = !first || Number(first.object.metadata.resourceVersion) > floor;
    assert.ok(wasGone || notYet, `Nothing is shown, though it was there at ${floor}.`);
  }

  #object(): KubernetesObject {
    this.#version += 1;
    const metadata = {
      name: 'a',
      namespace: 'ns',
      uid: `u${this.#uid}`,
      resourceVersion: `${this.#version}`,
    };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  }
}

test('in whatever order events, lists and our own answers arrive, the store never goes back and ends right', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const world = new World();
      for (const step of sequence) world.run(step);
      world.finish();
    }),
    { numRuns: 5000 },
  );
});
