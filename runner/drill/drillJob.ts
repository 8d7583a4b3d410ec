import type { DatabaseBackup } from '../../crds/databaseBackup.ts';
import type { DrillReport } from '../../crds/drillReport.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { attempt } from '../attempt.ts';
import { type Identities, secretIdentities } from '../encryption/identities.ts';
import { ownerOf } from '../ownerOf.ts';
import type { Services } from '../services.ts';
import { DrillRecord } from './drillRecord.ts';
import { type DrillServer, drillServer } from './drillServer.ts';
import { runDrill } from './runDrill.ts';

export interface DrillJob {
  readonly backup: DatabaseBackup;
  /** Instead of the server that spec.drill names. */
  readonly server?: DrillServer | undefined;
  readonly createRoles?: boolean;
  /** Instead of those of spec.drill.identitySecretRef. */
  readonly identities?: Identities | undefined;
}

const usualSeconds = 3600;

/** One attempt of a drill, whatever happens, under spec.drill.timeoutSeconds. Never throws. */
export async function drillJob(job: DrillJob, services: Services, stop: AbortSignal): Promise<DrillReport> {
  const { backup, createRoles = false } = job;
  const { drill } = backup.spec;
  const record = new DrillRecord(services);
  const seconds = drill?.timeoutSeconds ?? usualSeconds;
  const sentence = `The drill took longer than spec.drill.timeoutSeconds (${seconds} s).`;
  const failure = await attempt({ seconds, sentence }, services, stop, async (signal) => {
    const server = job.server ?? (await record.stage('server', () => serverOf(job, services, signal)));
    const owner = ownerOf(backup);
    const assertions = drill?.assertions ?? [];
    const ref = drill?.identitySecretRef;
    const identities = job.identities ?? (ref && (await secretIdentities(ref, services)));
    const work = { backup, owner, assertions, createRoles, identities, record };
    await runDrill(work, server, services, signal);
  });
  return record.report(failure);
}

async function serverOf(
  { backup: { spec } }: DrillJob,
  services: Services,
  signal: AbortSignal,
): Promise<DrillServer> {
  if (spec.drill !== undefined) return drillServer(spec.drill, services, signal);
  throw new BackupError('InvalidSpec', 'The spec has no drill: set spec.drill, or name a server with --to.');
}
