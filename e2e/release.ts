import { join } from 'node:path';
import type { SuiteCluster } from './suiteCluster.ts';

/** The release of the suite: always the same, since CRDs that stay belong to the release that made them. */
export const release = { name: 'dbbackup', namespace: 'database-backup-system' } as const;

/** Name of the Deployment and of the ServiceAccount. */
export const deployment = 'dbbackup-database-backup-operator';

/** The chart of this working tree. */
export const chart = join(import.meta.dirname, '..', 'charts', 'database-backup-operator');

/** The image under test, in two parts. */
export function imageOf({ image }: SuiteCluster): { repository: string; tag: string } {
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(image) ?? [];
  if (!repository || !tag) throw new Error(`E2E_IMAGE must have a tag: ${image}.`);
  return { repository, tag };
}

/** Installs the release, or makes it what it would be as a new one, and waits until the operator is ready. */
export async function installRelease(cluster: SuiteCluster, values: object = {}): Promise<void> {
  await helm(cluster, ['upgrade', '--install', '--create-namespace', '--wait', '--timeout', '3m'], values);
}

/** Starts `helm install` or `upgrade` with our chart, or another folder of it. */
export async function helm(
  cluster: SuiteCluster,
  args: readonly string[],
  values: object = {},
  folder = chart,
): Promise<string> {
  const own = ['--namespace', release.namespace, '--values', '-', release.name, folder];
  return cluster.runHelm([...args, ...own], { image: imageOf(cluster), ...values });
}

/** Uninstalls the release if it is there; `helm uninstall` leaves CRDs and backups. */
export async function uninstallRelease(cluster: SuiteCluster): Promise<void> {
  const { name, namespace } = release;
  await cluster.runHelm(['uninstall', name, '--namespace', namespace, '--ignore-not-found', '--wait']);
}

/** Removes everything that a release leaves, too: the CRDs, and with them all backups. */
export async function removeRelease(cluster: SuiteCluster): Promise<void> {
  await uninstallRelease(cluster);
  const crds = JSON.parse(await cluster.run(['get', 'crd', '-o', 'json'])) as {
    items: { metadata: { name: string } }[];
  };
  const ours = crds.items
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.endsWith('.dbbackup.dev'));
  if (ours.length > 0) await cluster.run(['delete', 'crd', ...ours]);
}

/** What the operator's pods have logged, those of before a restart included. */
export async function operatorLog(cluster: SuiteCluster): Promise<string> {
  const where = [
    '--namespace',
    release.namespace,
    '--selector',
    `app.kubernetes.io/instance=${release.name}`,
  ];
  const now = await cluster.run(['logs', ...where, '--tail=-1', '--prefix']);
  return `${now}${await cluster.run(['logs', ...where, '--tail=-1', '--previous']).catch(() => '')}`;
}
