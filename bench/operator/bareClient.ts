import { KubeConfig } from '@kubernetes/client-node';
import { Agent } from 'undici';
import { apiVersion, databaseBackup } from '../../crds/databaseBackup.ts';
import { backupKind } from '../../operator/reconcile/backupKind.ts';
import { cronJob } from '../../operator/reconcile/cronJob.ts';
import { inParallel } from './inParallel.ts';
import { backupObject } from './manyBackups.ts';
import { namespaces, type OperatorCluster } from './operatorCluster.ts';
import { bareUserAgent } from './requests.ts';

/**
 * The peer: the first two writes of every backup, the same applies under the operator's own account, with nothing done to the
 * answers. What it needs is what the API server itself needs on this machine.
 */
export interface BareClient extends AsyncDisposable {
  /** Applies CronJob and status of `backupObject(0)` on in the namespace `bare`, so many at a time; gives the seconds. */
  bring(count: number, atATime: number): Promise<number>;
  /** Applies one CronJob of no backup; gives the seconds. */
  cronJob(name: string): Promise<number>;
}

/** A client with connections of its own, one for each request at a time. */
export function bareClient({ cluster, kubeconfig }: OperatorCluster): BareClient {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const agent = new Agent({ allowH2: false, connect: { ca: cluster.authority.ca } });
  const headers = {
    authorization: `Bearer ${config.getCurrentUser()?.token}`,
    'content-type': 'application/apply-patch+yaml',
    'user-agent': bareUserAgent,
  };
  const now = new Date();
  const cronJobSpec = specOfCronJob(now);
  const status = firstStatus(now);
  const query = { fieldManager: 'bare-client', force: 'true' };
  const apply = async (path: string, body: object) => {
    const options = { origin: cluster.serverURL, path, query, method: 'PATCH', headers } as const;
    const answer = await agent.request({ ...options, body: JSON.stringify(body) });
    await answer.body.dump();
    if (answer.statusCode >= 300) throw new Error(`the bare client got ${answer.statusCode} for ${path}`);
  };
  const applyCronJob = (name: string) =>
    apply(`/apis/batch/v1/namespaces/${namespaces.bare}/cronjobs/${name}`, {
      ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: cronJobSpec },
    });
  const applyStatus = (name: string) =>
    apply(`/apis/${apiVersion}/namespaces/${namespaces.bare}/databasebackups/${name}/status`, {
      ...{ apiVersion, kind: 'DatabaseBackup', metadata: { name }, status },
    });
  return {
    bring: (count, atATime) =>
      timed(() =>
        inParallel(count, atATime, async (index) => {
          const { name } = backupObject(index, now).metadata;
          await applyCronJob(name);
          await applyStatus(name);
        }),
      ),
    cronJob: (name) => timed(() => applyCronJob(name)),
    [Symbol.asyncDispose]: () => agent.close(),
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** What the operator makes of a backup of the bench. */
function specOfCronJob(now: Date): object {
  const backup = backupObject(0, now);
  const { spec } = databaseBackup.parse({ ...backup, apiVersion });
  const defaults = { image: 'dbbackup:bench' };
  const input = { kind: backupKind, owner: backup, spec, defaults, now, current: undefined };
  return cronJob({ ...input, startingDeadlineSeconds: 3600 }).spec;
}

/** As long as what the operator writes first. */
function firstStatus(now: Date): object {
  const condition = (type: string, status: string, reason: string, message: string) => ({
    ...{ type, status, reason, message, observedGeneration: 1, lastTransitionTime: now.toISOString() },
  });
  return {
    observedGeneration: 1,
    nextScheduleTime: now.toISOString(),
    conditions: [
      condition('Ready', 'Unknown', 'CheckPending', 'The first check of this spec waits for its turn.'),
      condition('LastRunSucceeded', 'Unknown', 'NoRunYet', 'No run has ended yet.'),
      condition(
        'Stale',
        'False',
        'SuccessIsRecent',
        'The last success is as recent as the schedule promises.',
      ),
      condition('ScheduleMissed', 'False', 'OnTime', 'Every scheduled time had its run.'),
    ],
  };
}
