import type { BackupSpec } from '../../crds/backupSpec.ts';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import { sizeInWords } from '../../crds/inWords.ts';
import type { Destination, DestinationState } from '../destinations/destination.ts';
import { openDestination } from '../openDestination.ts';
import { inspectTimed, type TimedState } from '../retention/clockDifference.ts';
import { isManifestOf } from '../retention/goodSets.ts';
import type { Services } from '../services.ts';
import { roomWarnings } from '../surveyDestination.ts';
import { type Check, failed, notChecked, type ProbeName, probe } from './check.ts';
import { isOver, settled } from './checkTime.ts';
import { loginChecks, loginProbe } from './loginChecks.ts';

const named = (name: string): ProbeName => ({ name, silence: 'UploadFailed' });
const dependent = ['write', 'room', 'clock'];
/** A backup waits ten minutes for Google; a check says after half a minute what Google answered. */
export const googlePatience = { retries: { firstMs: 1_000, capMs: 8_000, limitMs: 20_000 }, idleMs: 20_000 };
/** Failures before Google was even asked for what it holds. */
export const loginReasons: ReadonlySet<FailureReason> = new Set([
  ...(['CredentialsInvalid', 'TokenExpired', 'ClientInvalid', 'ScopeMissing'] as const),
  ...(['SecretNotFound', 'UploadFailed', 'RateLimited'] as const),
]);

export interface DestinationQuestion {
  readonly spec: BackupSpec;
  readonly owner: string;
  /** To compare the room with, where there is no set yet. */
  readonly databaseBytes: Promise<number | undefined>;
}

/** Tries what a backup needs of the destination: login, folder, writing, room, clock. */
export async function destinationChecks(
  question: DestinationQuestion,
  services: Services,
  signal: AbortSignal,
): Promise<Check[]> {
  const drive = question.spec.destination.googleDrive !== undefined;
  let destination: Destination | undefined;
  let timed: TimedState;
  try {
    destination = await openDestination(question.spec.destination, services, googlePatience);
    timed = await settled(inspectTimed(destination, services.clock, signal), signal);
  } catch (error) {
    await destination?.[Symbol.asyncDispose]();
    return unreachable(error, drive, services, signal);
  }
  await using open = destination;
  return [
    ...(drive ? loginChecks(timed.state.credentialsExpireAt, timed.state.now) : []),
    {
      name: 'folder',
      ok: true,
      message: timed.state.link ? `The folder is there: ${timed.state.link}` : 'The folder is there.',
    },
    ...(await written(open, services, signal)),
    ...(await room(open, timed.state, question, services, signal)),
    clockLine(timed),
  ];
}

function unreachable(error: unknown, drive: boolean, services: Services, signal: AbortSignal): Check[] {
  // Of a destination that is silent nobody knows whether it gave a token.
  const early = isOver(signal) || (error instanceof BackupError && loginReasons.has(error.reason));
  const login = drive && early;
  const others = (names: readonly string[]) =>
    names.map((name) => notChecked(name, `it needs the ${login ? 'login' : 'folder'}`));
  if (login) {
    return [failed(loginProbe, error, services, signal), ...others(['folder', ...dependent])];
  }
  const before: Check[] = drive ? loginChecks(undefined, services.clock.now()) : [];
  return [...before, failed(named('folder'), error, services, signal), ...others(dependent)];
}

async function written(destination: Destination, services: Services, signal: AbortSignal) {
  const { checks } = await probe(named('write'), services, signal, async () => {
    await destination.probe(signal);
    return { message: 'A small file was written, read back and removed.', value: true };
  });
  return checks;
}

async function room(
  destination: Destination,
  state: DestinationState,
  { owner, databaseBytes }: DestinationQuestion,
  services: Services,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const { freeBytes, usage } = state;
  const { checks } = await probe(named('room'), services, signal, async () => {
    const listing = await destination.list(signal);
    if (freeBytes === undefined) return { message: `${usage}.`, value: true };
    const message = `${sizeInWords(freeBytes)} are free: ${usage}.`;
    if (listing.some((file) => isManifestOf(owner, file))) {
      return {
        message,
        warnings: await roomWarnings(destination, state, { listing, owner }, signal),
        value: true,
      };
    }
    const size = await databaseBytes;
    if (size === undefined || freeBytes >= size) return { message, value: true };
    const warning = `There is no set to compare with, and the database has ${sizeInWords(size)} on its server: the first backup may not fit.`;
    return { message, warnings: [warning], value: true };
  });
  return checks;
}

function clockLine({ skew }: TimedState): Check {
  if (skew === undefined)
    return { name: 'clock', ok: true, message: 'The clocks of this machine and the destination agree.' };
  const message = `While ${skew}, no old set is removed: correct the time of this machine.`;
  return { name: 'clock', ok: true, warning: true, message };
}
