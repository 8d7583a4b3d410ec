import { pino } from 'pino';
import type { DestinationSpec } from '../../crds/destinationSpec.ts';
import { runnerConfig } from '../../runner/config.ts';
import { uriTarget } from '../../runner/database/databaseTarget.ts';
import { systemClock } from '../../runner/destinations/clock.ts';
import { openDestination } from '../../runner/openDestination.ts';
import { ownerOf } from '../../runner/ownerOf.ts';
import { runProgress } from '../../runner/progress.ts';
import { redactor } from '../../runner/redactor.ts';
import { restoreSet } from '../../runner/restore/restoreSet.ts';
import { secretDocuments } from '../../runner/secrets.ts';
import { takeInventory } from '../../runner/sets/listedSet.ts';
import { benchInput, tellPeak } from './peakMemory.ts';

// Measured: one restore, from the look at the folder to the COMMIT, as `dbbackup restore` does it.

export interface RestoreInput {
  readonly destination: DestinationSpec;
  readonly token: string;
  /** The set that has this format is restored. */
  readonly format: 'sql' | 'csv';
  readonly to: string;
  /** Into tables that are there. */
  readonly tables?: readonly string[];
}

async function main(): Promise<void> {
  const { destination: spec, token, format, to, tables } = benchInput<RestoreInput>();
  const { signal } = new AbortController();
  const services = {
    config: runnerConfig(),
    secrets: secretDocuments([{ metadata: { name: 'drive-oauth' }, stringData: { 'token.json': token } }]),
    redactor: redactor(),
    logger: pino({ level: 'silent' }),
    clock: systemClock,
    progress: runProgress(),
  };
  await using destination = await openDestination(spec, services);
  const owner = ownerOf({ metadata: { namespace: 'bench', name: 'bench' } });
  const { sets } = await takeInventory({ destination, owner, services }, signal);
  const manifest = sets.find((set) => set.manifest?.files.some((file) => file.format === format))?.manifest;
  if (manifest === undefined) throw new Error(`there is no set of ${format}`);
  const restored = await restoreSet(
    {
      ...{ manifest, destination, target: uriTarget(to, 'to'), sourceTarget: undefined, tables },
      ...{ create: false, createRoles: false, allowSource: false },
    },
    services,
    signal,
  );
  tellPeak({ rows: restored?.rows ?? 0 });
}

main();
