import { KubeConfig } from '@kubernetes/client-node';
import { Agent } from 'undici';
import { apiVersion, databaseBackup } from '../../crds/databaseBackup.ts';
import { cronJob } from '../../operator/reconcile/cronJob.ts';
import { inParallel } from './inParallel.ts';
import { backupObject } from './manyBackups.ts';
import { namespaces, type OperatorCluster } from './operatorCluster.ts';
import { bareUserAgent } from './requests.ts';

const path = `/apis/batch/v1/namespaces/${namespaces.bare}/cronjobs`;

/**
 * The peer: plain POSTs of CronJobs as large as ours, under the operator's own account, with nothing done to the answers. What
 * it needs is what the API server itself needs on this machine.
 */
export interface BareClient extends AsyncDisposable {
  /** Makes `<prefix>-0`, `<prefix>-1`, …, so many at a time; gives the seconds. */
  create(prefix: string, count: number, atATime: number): Promise<number>;
}

/** A client with connections of its own, one for each request at a time. */
export function bareClient({ cluster, kubeconfig }: OperatorCluster): BareClient {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const agent = new Agent({ allowH2: false, connect: { ca: cluster.authority.ca } });
  const headers = {
    authorization: `Bearer ${config.getCurrentUser()?.token}`,
    'content-type': 'application/json',
    'user-agent': bareUserAgent,
  };
  const spec = cronJobSpec();
  const post = async (name: string) => {
    const body = JSON.stringify({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec });
    const answer = await agent.request({ origin: cluster.serverURL, path, method: 'POST', headers, body });
    await answer.body.dump();
    if (answer.statusCode !== 201) throw new Error(`the bare client got ${answer.statusCode} for ${name}`);
  };
  return {
    async create(prefix, count, atATime) {
      const start = performance.now();
      await inParallel(count, atATime, (index) => post(`${prefix}-${index}`));
      return (performance.now() - start) / 1000;
    },
    [Symbol.asyncDispose]: () => agent.close(),
  };
}

/** What the operator makes of a backup of the bench. */
function cronJobSpec(): object {
  const now = new Date();
  const backup = backupObject(0, now);
  const { spec } = databaseBackup.parse({ ...backup, apiVersion });
  const defaults = { image: 'dbbackup:bench' };
  return cronJob({ backup, spec, defaults, startingDeadlineSeconds: 3600, now, current: undefined }).spec;
}
