import type { DrillSpec } from '../../crds/drillSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { connect } from '../database/connection.ts';
import { type DatabaseTarget, databaseTarget } from '../database/databaseTarget.ts';
import type { Services } from '../services.ts';

/** The server of a drill. */
export interface DrillServer {
  readonly target: DatabaseTarget;
  /** Whether it goes away with the drill, so that roles may be made there. */
  readonly isEphemeral: boolean;
}

/** For initdb and the first start, on a slow disk too. */
const startSeconds = 120;
const pause = 250;

/**
 * The server that spec.drill names, by its Secret or beside the runner. Of the latter it waits until it answers. Throws
 * DatabaseUnreachable, SecretNotFound, InvalidSpec.
 */
export async function drillServer(
  spec: Pick<DrillSpec, 'target' | 'ephemeral'>,
  { config, secrets, clock }: Pick<Services, 'config' | 'secrets' | 'clock'>,
  signal: AbortSignal,
): Promise<DrillServer> {
  if (spec.target !== undefined) {
    // Of the server; which databases it has does not matter.
    const target = await databaseTarget({ ...spec.target, name: 'postgres' }, secrets, 'spec.drill.target');
    return { target, isEphemeral: false };
  }
  const target = ephemeralTarget(config.drillSocket);
  const deadline = clock.now().getTime() + startSeconds * 1000;
  for (;;) {
    try {
      await using _ = await connect(target, signal);
      return { target, isEphemeral: true };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BackupError) || error.reason !== 'DatabaseUnreachable') throw error;
      if (clock.now().getTime() > deadline) throw notUp(error);
    }
    await clock.sleep(pause, signal);
  }
}

/** Nobody but the containers of the pod reaches the socket, so there is no password. */
function ephemeralTarget(host: string): DatabaseTarget {
  return {
    host,
    port: 5432,
    database: 'postgres',
    user: 'postgres',
    password: undefined,
    sslMode: 'disable',
  };
}

function notUp(cause: BackupError): BackupError {
  return new BackupError(
    'DatabaseUnreachable',
    `The PostgreSQL beside the runner did not come up within ${startSeconds} s: its log (container postgres of this pod) says why.`,
    { cause },
  );
}
