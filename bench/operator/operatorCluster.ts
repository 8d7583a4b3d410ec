import { join } from 'node:path';
import { type HttpClient, kubernetesClient } from '../../operator/controller/httpClient.ts';
import { applyCrds } from '../../sandbox/kubernetes/applyCrds.ts';
import { type ControlPlane, startControlPlane } from '../../sandbox/kubernetes/startControlPlane.ts';
import type { Workbench } from '../workbench.ts';
import { type AuditLog, auditLog } from './auditLog.ts';

const account = { namespace: 'database-backup-system', name: 'database-backup-operator' };

/** Where the backups are, and where the bare client makes its CronJobs. */
export const namespaces = { backups: 'backups', bare: 'bare' };

/** A fresh control plane with the CRDs and the operator's account, and a log of all that this account asks for. */
export interface OperatorCluster extends AsyncDisposable {
  readonly cluster: ControlPlane;
  /** The administrator. */
  readonly client: HttpClient;
  /** The operator's ServiceAccount with the rights of operator/rbac/cluster.yaml (a file). */
  readonly kubeconfig: string;
  readonly audit: AuditLog;
}

/**
 * Starts it. There is no node, and the scheduler is stopped: it would look for one, for every pod again and again, which is
 * no part of what is measured.
 */
export async function operatorCluster(bench: Workbench): Promise<OperatorCluster> {
  const user = `system:serviceaccount:${account.namespace}:${account.name}`;
  const audit = await auditLog(await bench.folder('audit'), user);
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(
    await startControlPlane({ flags: { apiServer: audit.flags }, signal: bench.signal }),
  );
  await cluster.scheduler.stop();
  await applyCrds(cluster);
  const rights = join(import.meta.dirname, '..', '..', 'operator', 'rbac', 'cluster.yaml');
  await cluster.kubectl(['apply', '-f', rights]);
  for (const name of Object.values(namespaces)) await cluster.kubectl(['create', 'namespace', name]);
  const kubeconfig = await cluster.serviceAccountKubeconfig(account.namespace, account.name);
  const client = kubernetesClient(cluster.adminConfig, { fieldManager: 'bench', userAgent: 'bench' });
  stack.defer(() => client.close());
  const owned = stack.move();
  return { cluster, client, kubeconfig, audit, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
