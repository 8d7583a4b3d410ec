import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { OperatorConfig } from './config.ts';
import { systemClock } from './controller/clock.ts';
import { Controller } from './controller/controller.ts';
import { EventRecorder } from './controller/eventRecorder.ts';
import { serveHealth } from './controller/health.ts';
import { contactCheck, syncedCheck, workersCheck } from './controller/healthChecks.ts';
import { kubernetesClient } from './controller/httpClient.ts';
import type { KubernetesObject } from './controller/kubernetesObject.ts';
import { LeaderElector } from './controller/leaderElection.ts';
import { countRequests, runtimeMetrics } from './controller/metrics.ts';
import { serveMetrics } from './controller/serveMetrics.ts';
import { informers as openInformers } from './informers.ts';
import { backupKind } from './reconcile/backupKind.ts';
import { backupMetrics } from './reconcile/backupMetrics.ts';
import { CheckSlots } from './reconcile/checkSlots.ts';
import { finished } from './reconcile/jobOutcome.ts';
import { labels, operatorName, type Scheduled } from './reconcile/kinds.ts';
import type { EventText, Policy } from './reconcile/observed.ts';
import { restoreMetrics } from './reconcile/restoreMetrics.ts';
import { RestoreReconciler } from './reconcile/restoreReconciler.ts';
import type { ScheduledKind } from './reconcile/scheduledKind.ts';
import { ScheduledReconciler } from './reconcile/scheduledReconciler.ts';
import { syncKind } from './reconcile/syncKind.ts';
import { syncMetrics } from './reconcile/syncMetrics.ts';
import { wakeOnChange } from './wakeOnChange.ts';

/** A stopped operator has so long for what is under way: less than the 30 s of a pod's grace period. */
const drainMs = 15_000;
/** Restores, and syncs, that are worked on at a time: there are few. */
const fewWorkers = 2;

/**
 * Runs the operator until the signal aborts (`released`: what was under way is done, the Lease is free) or its Lease is
 * lost (`lost`: another replica acts, and this process has to end).
 */
export async function runOperator(
  config: OperatorConfig,
  kubeConfig: KubeConfig,
  logger: Logger,
  stop: AbortSignal,
): Promise<'released' | 'lost'> {
  const clock = systemClock;
  const metrics = runtimeMetrics();
  const client = kubernetesClient(kubeConfig, {
    fieldManager: operatorName,
    userAgent: operatorName,
    onAnswer: countRequests(metrics),
  });
  const informers = openInformers(client, config.namespaces, logger);
  const { stores } = informers;
  const recorder = new EventRecorder({
    ...{ client, logger, metrics, clock, controller: 'dbbackup.dev/operator' },
    instance: config.identity,
  });
  // Of the active ones alone: finished checks stay for an hour, and it is asked at every change of one.
  stores.jobs.index(byActive, (job) => (finished(job) ? [] : [job.metadata.labels?.[labels.purpose] ?? '']));
  const activeChecks = () => stores.jobs.by(byActive, 'check').length;
  const slots = new CheckSlots(config.maxChecks, activeChecks);
  const common = {
    ...{ client, stores, logger, policy: policy(config) },
    tell: (object: KubernetesObject, event: EventText) => recorder.record(object, event),
    now: () => clock.now(),
  };
  const scheduled = (kind: ScheduledKind, workers: number) => {
    const wake = (key: string) => controller.queue.add(key);
    const reconciler = new ScheduledReconciler({ ...common, kind, slots, wake });
    const controller = new Controller({
      ...{ name: kind.resource.kind.toLowerCase(), clock, metrics, logger, workers },
      reconcile: (key, signal) => reconciler.reconcile(key, signal),
    });
    return { kind, reconciler, controller, queue: controller.queue };
  };
  const backups = scheduled(backupKind, config.workers);
  const syncs = scheduled(syncKind, fewWorkers);
  const restoreReconciler = new RestoreReconciler(common);
  const restores = new Controller({
    ...{ name: 'databaserestore', clock, metrics, logger, workers: fewWorkers },
    reconcile: (key, signal) => restoreReconciler.reconcile(key, signal),
  });
  const controllers = [backups.controller, syncs.controller, restores];
  wakeOnChange(stores, { scheduled: [backups, syncs], restores: restores.queue }, slots);
  const elector = new LeaderElector({
    ...{ client, logger, metrics, clock, identity: config.identity },
    namespace: config.leaseNamespace,
    name: config.leaseName,
  });
  let isLeading = false;
  const isLeader = () => isLeading;
  const contextOf = ({ reconciler }: typeof backups) => ({
    nextRun: (object: Scheduled) => reconciler.nextRun(object),
    isLeader,
  });
  backupMetrics(metrics.registry, stores.backups, contextOf(backups));
  syncMetrics(metrics.registry, stores.syncs, contextOf(syncs));
  restoreMetrics(metrics.registry, stores.restores, { isLeader });

  await using stack = new AsyncDisposableStack();
  stack.defer(() => client.close());
  const servers = await Promise.all([
    serveMetrics(metrics.registry, config.metricsAddress),
    serveHealth(
      {
        healthz: controllers.map((controller) => workersCheck(controller, clock)),
        readyz: [syncedCheck(informers.all), contactCheck(client, clock)],
      },
      config.healthAddress,
    ),
  ]);
  for (const server of servers) stack.use(server);
  logger.info({ metrics: servers[0].port, health: servers[1].port }, 'listening');
  const watching = new AbortController();
  const watched = informers.run(watching.signal);
  stack.defer(async () => {
    watching.abort();
    await watched;
  });

  const lead = async (lost: AbortSignal) => {
    isLeading = true;
    const late = new AbortController();
    const drain = () => {
      for (const controller of controllers) controller.drain();
      clock.schedule(drainMs, () => late.abort());
    };
    stop.addEventListener('abort', drain, { once: true });
    if (stop.aborted) drain();
    try {
      // Before everything is known, a Job whose record was not listed yet would look like one without.
      await informers.synced(AbortSignal.any([lost, stop]));
      const end = AbortSignal.any([lost, late.signal]);
      if (!stop.aborted) await Promise.all(controllers.map((controller) => controller.run(end)));
    } finally {
      isLeading = false;
      stop.removeEventListener('abort', drain);
    }
    await recorder.flush(AbortSignal.any([lost, AbortSignal.timeout(5_000)]));
  };
  if (config.leaderElect) return await elector.run(lead, stop);
  await lead(new AbortController().signal);
  return 'released';
}

const byActive = 'active';

function policy({ runnerDefaults, stuckPodSeconds }: OperatorConfig): Policy {
  return {
    defaults: runnerDefaults,
    debounceMs: 2_000,
    stuckMs: stuckPodSeconds * 1000,
    missingMs: 30_000,
  };
}
