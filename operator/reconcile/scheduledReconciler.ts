import { objectKey } from '../controller/kubernetesObject.ts';
import { type ApplyContext, apply } from './apply.ts';
import type { CheckSlots } from './checkSlots.ts';
import { byOwner, jobsOf, ownerKey } from './cluster.ts';
import { decide } from './decide.ts';
import { type Job, labels, type Scheduled } from './kinds.ts';
import { decideWithoutOwner } from './missingOwner.ts';
import { readMissingPods } from './missingPods.ts';
import { type Memory, observe } from './observe.ts';
import type { Action, Plan, Refusal } from './observed.ts';
import { parseSpec } from './parseSpec.ts';
import type { ReconcilerOptions } from './reconcilerOptions.ts';
import { mayStillPass, passingMs, Refused } from './refused.ts';
import { refuse } from './runResult.ts';
import { cronJobName, type ScheduledKind } from './scheduledKind.ts';
import { activeSchedule, nextTime } from './scheduleState.ts';
import { delayOf, untilSettled } from './untilSettled.ts';

/** When to try again what the API server refused, or what belongs to somebody else. */
const refusedMs = 60_000;
/** Who waits for a slot is woken; this is for a wake-up that was lost. */
const slotMs = 5 * 60_000;

interface ScheduledReconcilerOptions extends ReconcilerOptions<Scheduled> {
  readonly kind: ScheduledKind;
  readonly slots: CheckSlots;
  /** Has an object looked at again, by its key. */
  readonly wake: (key: string) => void;
}

/** Brings one object of a kind that runs on a schedule to what its spec wants, and its status to what is so; one at a time. */
export class ScheduledReconciler {
  readonly #options: ScheduledReconcilerOptions;
  readonly #memories = new Map<string, Memory & { uid: string; generation: number }>();
  readonly #asked = new WeakSet<Job>();

  constructor(options: ScheduledReconcilerOptions) {
    this.#options = options;
  }

  /**
   * observe → decide → apply, again until nothing is left to do. Gives the milliseconds after which to look again without
   * any event; undefined: only on the next one.
   */
  async reconcile(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { kind, now, stores } = this.#options;
    let checkMustWait = false;
    let owner: Scheduled | undefined;
    const last = await untilSettled(
      async () => {
        owner = kind.owners(stores).get(key);
        if (owner === undefined) return this.#planWithout(key, signal);
        await readMissingPods(jobsOf(stores, kind, key), this.#asked, this.#options, signal);
        return this.#plan(key, owner, checkMustWait);
      },
      async (plan) => {
        if (!(await this.#applyAll(key, owner, plan, signal))) checkMustWait = true;
      },
    );
    const { refusal } = this.#memories.get(key) ?? {};
    const waits = refusal ? waitOf(refusal) : checkMustWait ? slotMs : undefined;
    return delayOf(last, waits, now());
  }

  /** When the CronJob of an object fires next, if its schedule is active. */
  nextRun(owner: Scheduled): Date | undefined {
    const { kind, stores, now } = this.#options;
    const { spec, schedule } = this.#memories.get(objectKey(owner))?.parsed ?? {};
    const cronJob = stores.cronJobs.get(`${owner.metadata.namespace}/${cronJobName(kind, owner)}`);
    const active = spec && activeSchedule(spec, schedule, cronJob);
    return active && nextTime(active, now());
  }

  #plan(key: string, owner: Scheduled, checkMustWait: boolean): Plan {
    // Its objects go by the garbage collector; writing to them now would only be in its way.
    if (owner.metadata.deletionTimestamp !== undefined) return { actions: [] };
    const { kind, stores, policy, now } = this.#options;
    const observed = observe(kind, stores, owner, this.#memory(key, owner), checkMustWait);
    return decide(observed, policy, now());
  }

  /** A record or request without its owner, which may be newer than what the stores know: the API server is asked. */
  async #planWithout(key: string, signal: AbortSignal): Promise<Plan> {
    this.#memories.delete(key);
    const { kind, client, stores, policy, now } = this.#options;
    const runs = kind.records(stores).by(byOwner, key);
    const plan = decideWithoutOwner(kind, runs, jobsOf(stores, kind, key), policy, now());
    if (plan.actions.length === 0) return plan;
    const [namespace, name = ''] = key.split('/');
    const live = await client.get<Scheduled>(kind.resource, namespace, name, signal);
    if (live === undefined) return plan;
    kind.owners(stores).remember(live);
    return { actions: [], lookAgainAt: now() };
  }

  /** Does what a plan holds, in its order; false if the check found no free slot. */
  async #applyAll(
    key: string,
    owner: Scheduled | undefined,
    plan: Plan,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { kind, slots, wake } = this.#options;
    const context: ApplyContext = {
      ...this.#options,
      inSlot: (create) => slots.use({ id: ownerKey(kind.resource.kind, key), wake: () => wake(key) }, create),
      tell: (event) => owner && this.#options.tell(owner, event),
      settled: ({ metadata }) => this.#remember(key, { settledGeneration: metadata.generation }),
    };
    let hasSlot = true;
    for (const action of plan.actions) {
      signal.throwIfAborted();
      try {
        if (!(await apply(action, context, signal))) hasSlot = false;
        else if (action.type === 'ApplyCronJob' || action.type === 'CreateJob')
          this.#remember(key, { refusedSince: undefined });
      } catch (error) {
        if (!(error instanceof Refused) || owner === undefined) throw error;
        if (await this.#refused(key, owner, action, error, context, signal)) break;
        // A check of what cannot be applied would be refused likewise, with less to say.
        if (action.type === 'ApplyCronJob') break;
      }
    }
    return hasSlot;
  }

  /**
   * What the API server refuses goes into the status of the run or of its owner, and is tried again later. True: in a moment, and
   * nothing is told yet.
   */
  async #refused(
    key: string,
    owner: Scheduled,
    action: Action,
    error: Refused,
    context: ApplyContext,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { kind, logger, now } = this.#options;
    const { reason, message } = error;
    const { namespace, name } = owner.metadata;
    const isNotice = action.type === 'CreateJob' && purposeOf(action.job) === 'notify';
    const since = this.#memories.get(key)?.refusedSince ?? now();
    if (mayStillPass(error, since, now()) && !isNotice) {
      const refusal = { reason, message, at: now(), mayPass: true } as const;
      this.#remember(key, { refusal, refusedSince: since });
      return true;
    }
    logger.warn({ namespace, [kind.noun]: name, reason }, message);
    if (action.type === 'CreateJob' && action.for !== undefined) {
      this.#remember(key, { refusedSince: undefined });
      for (const next of refuse(action.for, reason, message, now())) await apply(next, context, signal);
      return false;
    }
    if (isNotice) {
      // The result itself must not wait for a mail; the record will say that none was sent.
      context.tell({
        type: 'Warning',
        reason,
        action: 'Notify',
        note: `Notify Job ${action.job.metadata.name}: ${message}`,
      });
      return false;
    }
    this.#remember(key, { refusal: { reason, message, at: now() } });
    return false;
  }

  /** What is remembered of this generation; a refusal that is over is forgotten, and tried again. */
  #memory(key: string, owner: Scheduled): Memory {
    const { uid = '', generation = 0 } = owner.metadata;
    const { kind } = this.#options;
    const now = this.#options.now();
    const known = this.#memories.get(key);
    const isSame = known?.uid === uid && known.generation === generation;
    if (isSame && !isOver(known.refusal, now)) return known;
    const memory = {
      ...{ uid, generation },
      parsed: isSame ? known.parsed : parseSpec(kind, owner, now),
      seenAt: isSame ? known.seenAt : now,
      settledGeneration: known?.uid === uid ? known.settledGeneration : undefined,
      refusedSince: known?.uid === uid ? known.refusedSince : undefined,
    };
    this.#memories.set(key, memory);
    return memory;
  }

  #remember(key: string, change: Partial<Memory>): void {
    const known = this.#memories.get(key);
    if (known) this.#memories.set(key, { ...known, ...change });
  }
}

function waitOf({ mayPass }: Refusal): number {
  return mayPass ? passingMs : refusedMs;
}

function isOver(refusal: Memory['refusal'], now: Date): boolean {
  return refusal !== undefined && now.getTime() >= refusal.at.getTime() + waitOf(refusal);
}

function purposeOf({ metadata }: Job): string | undefined {
  return metadata.labels?.[labels.purpose];
}
