import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { kubernetesVersions } from '../sandbox/kubernetes/versions.ts';
import { findOnPath, findProgram } from '../sandbox/postgres/findProgram.ts';
import type { Machine } from './results.ts';

/** This machine and the versions of all that is compared. */
export function machine(serverVersion: string): Machine {
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const exceljs = createRequire(import.meta.url)('exceljs/package.json') as { version: string };
  const psql = findProgram('psql')?.version;
  const rclone = rcloneVersion();
  const versions = [
    `Node ${process.versions.node}`,
    `PostgreSQL ${serverVersion} on the same machine`,
    ...(psql === undefined ? [] : [`psql and pg_dump ${psql}`]),
    `exceljs ${exceljs.version}`,
    ...(rclone === undefined ? [] : [`rclone ${rclone}`]),
    `Kubernetes ${kubernetesVersions().kubernetes.slice(1)}`,
  ];
  return {
    hardware: `${availableParallelism()} cores, ${gibibytes} GiB of memory, ${process.platform} ${process.arch}`,
    versions: versions.join(', '),
  };
}

function rcloneVersion(): string | undefined {
  const path = findOnPath('rclone');
  if (path === undefined) return undefined;
  return /^rclone v(\S+)/.exec(spawnSync(path, ['version'], { encoding: 'utf8' }).stdout)?.[1];
}
