import { objectKey } from '../controller/kubernetesObject.ts';
import { type ApplyContext, apply } from './apply.ts';
import type { CheckSlots } from './checkSlots.ts';
import { byBackup } from './cluster.ts';
import { decide } from './decide.ts';
import { type Backup, backups, type Job, labels } from './kinds.ts';
import { decideWithoutBackup } from './missingBackup.ts';
import { readMissingPods } from './missingPods.ts';
import { type Memory, observe } from './observe.ts';
import type { Action, Plan } from './observed.ts';
import { parseSpec } from './parseSpec.ts';
import type { ReconcilerOptions } from './reconcilerOptions.ts';
import { Refused } from './refused.ts';
import { refuse } from './runResult.ts';
import { activeSchedule, nextTime } from './scheduleState.ts';
import { delayOf, untilSettled } from './untilSettled.ts';

/** When to try again what the API server refused, or what belongs to somebody else. */
const refusedMs = 60_000;
/** Who waits for a slot is woken; this is for a wake-up that was lost. */
const slotMs = 5 * 60_000;

interface BackupReconcilerOptions extends ReconcilerOptions<Backup> {
  readonly slots: CheckSlots;
}

/** Brings one backup at a time to what its spec wants, and its status to what is so. */
export class BackupReconciler {
  readonly #options: BackupReconcilerOptions;
  readonly #memories = new Map<string, Memory & { uid: string; generation: number }>();
  readonly #asked = new WeakSet<Job>();

  constructor(options: BackupReconcilerOptions) {
    this.#options = options;
  }

  /**
   * observe → decide → apply, again until nothing is left to do. Gives the milliseconds after which to look again without
   * any event; undefined: only on the next one.
   */
  async reconcile(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { now, stores } = this.#options;
    let checkMustWait = false;
    let backup: Backup | undefined;
    const last = await untilSettled(
      async () => {
        backup = stores.backups.get(key);
        if (backup === undefined) return this.#planWithout(key, signal);
        await readMissingPods(stores.jobs.by(byBackup, key), this.#asked, this.#options, signal);
        return this.#plan(key, backup, checkMustWait);
      },
      async (plan) => {
        if (!(await this.#applyAll(key, backup, plan, signal))) checkMustWait = true;
      },
    );
    const waits = this.#memories.get(key)?.refusal ? refusedMs : checkMustWait ? slotMs : undefined;
    return delayOf(last, waits, now());
  }

  /** When the CronJob of a backup fires next, if its schedule is active. */
  nextRun(backup: Backup): Date | undefined {
    const { stores, now } = this.#options;
    const key = objectKey(backup);
    const { spec, schedule } = this.#memories.get(key)?.parsed ?? {};
    const active = spec && activeSchedule(spec, schedule, stores.cronJobs.get(key));
    return active && nextTime(active, now());
  }

  #plan(key: string, backup: Backup, checkMustWait: boolean): Plan {
    // Its objects go by the garbage collector; writing to them now would only be in its way.
    if (backup.metadata.deletionTimestamp !== undefined) return { actions: [] };
    const { stores, policy, now } = this.#options;
    const observed = observe(stores, backup, this.#memory(key, backup), checkMustWait);
    return decide(observed, policy, now());
  }

  /** A record or request without its backup. The backup may be newer than what the stores know: the API server is asked. */
  async #planWithout(key: string, signal: AbortSignal): Promise<Plan> {
    this.#memories.delete(key);
    const { client, stores, policy, now } = this.#options;
    const runs = stores.runs.by(byBackup, key);
    const plan = decideWithoutBackup(runs, stores.jobs.by(byBackup, key), policy, now());
    if (plan.actions.length === 0) return plan;
    const [namespace, name = ''] = key.split('/');
    const live = await client.get<Backup>(backups, namespace, name, signal);
    if (live === undefined) return plan;
    stores.backups.remember(live);
    return { actions: [], lookAgainAt: now() };
  }

  /** Does what a plan holds, in its order; false if the check found no free slot. */
  async #applyAll(
    key: string,
    backup: Backup | undefined,
    plan: Plan,
    signal: AbortSignal,
  ): Promise<boolean> {
    const context: ApplyContext = {
      ...this.#options,
      inSlot: (create) => this.#options.slots.use(key, create),
      tell: (event) => backup && this.#options.tell(backup, event),
      settled: ({ metadata }) => this.#remember(key, { settledGeneration: metadata.generation }),
    };
    let hasSlot = true;
    for (const action of plan.actions) {
      signal.throwIfAborted();
      try {
        if (!(await apply(action, context, signal))) hasSlot = false;
      } catch (error) {
        if (!(error instanceof Refused) || backup === undefined) throw error;
        await this.#refused(key, backup, action, error, context, signal);
        // A check of what cannot be applied would be refused likewise, with less to say.
        if (action.type === 'ApplyCronJob') break;
      }
    }
    return hasSlot;
  }

  /** What the API server refuses goes into the status of the run or of the backup, and is tried again later. */
  async #refused(
    key: string,
    backup: Backup,
    action: Action,
    error: Refused,
    context: ApplyContext,
    signal: AbortSignal,
  ): Promise<void> {
    const { logger, now } = this.#options;
    const { reason, message } = error;
    const { namespace, name } = backup.metadata;
    logger.warn({ namespace, backup: name, reason }, message);
    if (action.type === 'CreateJob' && action.for !== undefined) {
      for (const next of refuse(action.for, reason, message, now())) await apply(next, context, signal);
      return;
    }
    if (action.type === 'CreateJob' && purposeOf(action.job) === 'notify') {
      // The result itself must not wait for a mail; the record will say that none was sent.
      context.tell({
        type: 'Warning',
        reason,
        action: 'Notify',
        note: `Notify Job ${action.job.metadata.name}: ${message}`,
      });
      return;
    }
    this.#remember(key, { refusal: { reason, message, at: now() } });
  }

  /** What is remembered of this generation; a refusal that is over is forgotten, and tried again. */
  #memory(key: string, backup: Backup): Memory {
    const { uid = '', generation = 0 } = backup.metadata;
    const now = this.#options.now();
    const known = this.#memories.get(key);
    const isSame = known?.uid === uid && known.generation === generation;
    if (isSame && !isOver(known.refusal, now)) return known;
    const memory = {
      ...{ uid, generation },
      parsed: isSame ? known.parsed : parseSpec(backup, now),
      seenAt: isSame ? known.seenAt : now,
      settledGeneration: known?.uid === uid ? known.settledGeneration : undefined,
    };
    this.#memories.set(key, memory);
    return memory;
  }

  #remember(key: string, change: Partial<Memory>): void {
    const known = this.#memories.get(key);
    if (known) this.#memories.set(key, { ...known, ...change });
  }
}

function isOver(refusal: Memory['refusal'], now: Date): boolean {
  return refusal !== undefined && now.getTime() >= refusal.at.getTime() + refusedMs;
}

function purposeOf({ metadata }: Job): string | undefined {
  return metadata.labels?.[labels.purpose];
}
