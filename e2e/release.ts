import { join } from 'node:path';
import type { SuiteCluster } from './suiteCluster.ts';

/** The release of the suite: always the same, since CRDs that stay belong to the release that made them. */
export const release = { name: 'dbbackup', namespace: 'database-backup-system' } as const;

/** Name of the Deployment and of the ServiceAccount. */
export const deployment = 'dbbackup-database-backup-operator';

/** The chart of this working tree. */
export const chart = join(import.meta.dirname, '..', 'charts', 'database-backup-operator');

/** Values that name the image under test; more of them win. */
export function imageValues({ image }: SuiteCluster, more: object = {}): object {
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(image) ?? [];
  if (!repository) throw new Error(`E2E_IMAGE must have a tag: ${image}.`);
  return { image: { repository, tag }, ...more };
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
  return cluster.runHelm([...args, ...own], imageValues(cluster, values));
}

/** Uninstalls the release if it is there; `helm uninstall` leaves CRDs and backups. */
export async function uninstallRelease(cluster: SuiteCluster): Promise<void> {
  const { name, namespace } = release;
  await cluster.runHelm(['uninstall', name, '--namespace', namespace, '--ignore-not-found', '--wait']);
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
