import { objectKey } from '../controller/kubernetesObject.ts';
import { apply } from './apply.ts';
import { backupKeyOfRestore, byJob } from './cluster.ts';
import { decideRestore } from './decideRestore.ts';
import { type Backup, backups, type Job, type Restore } from './kinds.ts';
import { readMissingPods } from './missingPods.ts';
import type { EventText, Plan } from './observed.ts';
import { parseRestore } from './parseRestore.ts';
import type { ReconcilerOptions } from './reconcilerOptions.ts';
import { mayStillPass, passingMs, Refused } from './refused.ts';
import { givenUp } from './restoreResult.ts';
import { delayOf, untilSettled } from './untilSettled.ts';

/** Gives one restore at a time its Job, and its status what becomes of it. */
export class RestoreReconciler {
  readonly #options: ReconcilerOptions<Restore>;
  readonly #asked = new WeakSet<Job>();
  /** Since when the Job of a restore is refused in a way that may pass, by the key of the restore. */
  readonly #refusedSince = new Map<string, Date>();

  constructor(options: ReconcilerOptions<Restore>) {
    this.#options = options;
  }

  /** As ScheduledReconciler.reconcile. */
  async reconcile(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { stores, now } = this.#options;
    let restore: Restore | undefined;
    let mayPass = false;
    const last = await untilSettled(
      async () => {
        restore = stores.restores.get(key);
        return restore && !mayPass ? this.#plan(restore, signal) : { actions: [] };
      },
      async (plan) => {
        if (restore) mayPass = await this.#carryOut(plan, restore, signal);
      },
    );
    if (!mayPass) this.#refusedSince.delete(key);
    return delayOf(last, mayPass ? passingMs : undefined, now());
  }

  async #plan(restore: Restore, signal: AbortSignal): Promise<Plan> {
    const { client, stores } = this.#options;
    const job = stores.jobs.get(objectKey(restore));
    if (job) await readMissingPods([job], this.#asked, this.#options, signal);
    const backupKey = backupKeyOfRestore(restore);
    const plan = this.#decide(restore, backupKey === undefined ? undefined : stores.backups.get(backupKey));
    const { spec, metadata } = restore;
    if (!isWithoutBackup(plan)) return plan;
    // It may be newer than what the stores know.
    const live = await client.get<Backup>(backups, metadata.namespace, spec.backupName ?? '', signal);
    if (live === undefined) return plan;
    stores.backups.remember(live);
    return this.#decide(restore, live);
  }

  #decide(restore: Restore, backup: Backup | undefined): Plan {
    const { stores, policy, now } = this.#options;
    return decideRestore(
      {
        restore,
        parsed: parseRestore(restore, backup),
        job: stores.jobs.get(objectKey(restore)),
        podsOf: ({ metadata: { uid } }) => (uid === undefined ? [] : stores.pods.by(byJob, uid)),
      },
      policy,
      now(),
    );
  }

  /** Does what a plan holds; true if the API server refuses a Job that it may take in a moment. */
  async #carryOut(plan: Plan, restore: Restore, signal: AbortSignal): Promise<boolean> {
    const { logger, now, tell } = this.#options;
    const context = { ...this.#options, tell: (event: EventText) => tell(restore, event) };
    for (const action of plan.actions) {
      signal.throwIfAborted();
      try {
        await apply(action, context, signal);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const key = objectKey(restore);
        const since = this.#refusedSince.get(key) ?? now();
        this.#refusedSince.set(key, since);
        if (mayStillPass(error, since, now())) return true;
        const { reason, message } = error;
        const { namespace, name } = restore.metadata;
        logger.warn({ namespace, restore: name, reason }, message);
        for (const next of givenUp(restore, { reason, message }, now())) await apply(next, context, signal);
      }
    }
    return false;
  }
}

function isWithoutBackup({ actions }: Plan): boolean {
  return actions.some(
    (action) =>
      action.type === 'ApplyStatus' && (action.object as Restore).status?.reason === 'BackupNotFound',
  );
}
