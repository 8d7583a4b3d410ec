import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { apiVersion } from '../crds/databaseBackup.ts';
import { conditionOf } from '../operator/reconcile/conditions.ts';
import type { Run, Scheduled } from '../operator/reconcile/kinds.ts';
import type { ScheduledKind } from '../operator/reconcile/scheduledKind.ts';

/** What tests do with the objects of one kind that runs on a schedule, and with their runs. */
export interface ScheduledObjects<T extends Scheduled, R extends Run> {
  get(name: string): Promise<T>;
  run(name: string): Promise<R>;
  /** All, or those of one object. */
  runs(owner?: string): Promise<R[]>;
  /** Waits until Ready of the spec as it is now is True. */
  ready(name: string, seconds?: number): Promise<T>;
  /** Waits until it is False, and gives its reason and message. */
  unready(name: string, seconds?: number): Promise<{ reason: string; message: string }>;
  /** Requests a run and gives its name. */
  request(owner: string): Promise<string>;
  /** Makes a Job from the CronJob, as `kubectl create job --from` does, and gives its name. */
  fromCronJob(owner: string): Promise<string>;
  /** Waits until a run has ended. */
  ended(run: string, seconds?: number): Promise<R>;
}

/** Where the objects are. */
interface Place {
  kubectl(...args: string[]): Promise<string>;
  apply(object: object): Promise<void>;
  until<T>(look: () => T | Promise<T>, seconds?: number): Promise<T>;
}

/** The objects of a kind at a place. */
export function scheduledObjects<T extends Scheduled, R extends Run>(
  { resource, runs, runSpec, ownerOf, cronJobSuffix }: ScheduledKind,
  { kubectl, apply, until }: Place,
): ScheduledObjects<T, R> {
  const read = async <O>(...what: string[]) => JSON.parse(await kubectl('get', ...what, '-o', 'json')) as O;
  const readyIs = (wanted: 'True' | 'False', name: string, seconds = 120) =>
    until(async () => {
      const found = await objects.get(name);
      const ready = conditionOf(found.status?.conditions, 'Ready');
      assert.deepEqual(
        [ready?.status, ready?.observedGeneration],
        [wanted, found.metadata.generation],
        JSON.stringify(found.status),
      );
      return { found, reason: ready?.reason ?? '', message: ready?.message ?? '' };
    }, seconds);
  const objects: ScheduledObjects<T, R> = {
    get: (name) => read<T>(resource.plural, name),
    run: (name) => read<R>(runs.plural, name),
    async runs(owner) {
      const { items } = await read<{ items: R[] }>(runs.plural);
      return items.filter((run) => owner === undefined || ownerOf(run) === owner);
    },
    ready: async (name, seconds) => (await readyIs('True', name, seconds)).found,
    unready: (name, seconds) => readyIs('False', name, seconds),
    async request(owner) {
      const name = newName(owner);
      await apply({ apiVersion, kind: runs.kind, metadata: { name }, spec: runSpec(owner) });
      return name;
    },
    async fromCronJob(owner) {
      const name = newName(owner);
      await kubectl('create', 'job', name, `--from=cronjob/${owner}${cronJobSuffix}`);
      return name;
    },
    ended: (name, seconds = 180) =>
      until(async () => {
        const found = await objects.run(name);
        assert.match(found.status?.phase ?? '', /^(Succeeded|Failed)$/, JSON.stringify(found.status));
        return found;
      }, seconds),
  };
  return objects;
}

const newName = (owner: string) => `${owner}-${randomBytes(3).toString('hex')}`;
