import type { RetentionSpec } from '../../crds/backupSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import type { Manifest } from '../../crds/manifest.ts';
import type { RunReport } from '../../crds/runReport.ts';
import type { Destination, StoredFile } from '../destinations/destination.ts';
import { clockDifference } from './clockDifference.ts';
import { type GoodSet, type Sets, setsOf } from './goodSets.ts';
import { retention } from './retention.ts';
import { shrunk } from './shrinkGuard.ts';

export type RetentionReport = NonNullable<RunReport['retention']>;

export interface PruneOptions {
  readonly destination: Destination;
  readonly owner: string;
  readonly rules: RetentionSpec;
  readonly timeZone: string;
  /** Our own clock, to be compared with the destination's. */
  readonly now: () => Date;
  /** The set of this run, verified: it counts whether or not the listing shows it yet. */
  readonly current: CompleteSet;
}

/** A set that was written and verified: the file of its manifest first. */
export interface CompleteSet {
  readonly manifest: Manifest;
  readonly files: readonly [StoredFile, ...StoredFile[]];
}

export interface PruneResult {
  readonly retention: RetentionReport;
  readonly warnings: readonly string[];
}

const graceOfUnfinished = 60 * 60_000;

/**
 * Removes the sets that retention gives up and the remains of dead runs, with every caution of design.md (6):
 * only the owner's, only by ID, never below minKeep, ages by the destination's clock, and nothing at all when
 * anything looks wrong, which the result then says. Never throws: the backup is complete, whatever happens here.
 */
export async function prune(options: PruneOptions, signal: AbortSignal): Promise<PruneResult> {
  const nothing: RetentionReport = { removed: [], removedCount: 0, kept: 0, foreignSets: 0, damagedSets: 0 };
  let listed: { sets: Sets; now: Date };
  try {
    listed = await survey(options, signal);
  } catch (error) {
    return skip(
      nothing,
      error instanceof BackupError ? error : undefined,
      `the folder could not be listed: ${sentence(error)}`,
    );
  }
  const { sets, now } = listed;
  const good = withCurrent(sets, options);
  const damaged = sets.damaged.map(
    ({ name, why }) => `Set ${name} is damaged: ${why}. It protects no other set and is not removed.`,
  );
  const seen: RetentionReport = {
    ...nothing,
    kept: good.length,
    foreignSets: sets.foreign,
    damagedSets: sets.damaged.length,
  };
  const done = (result: PruneResult): PruneResult => ({
    ...result,
    warnings: [...damaged, ...result.warnings],
  });

  const skew = clockDifference(options.now(), now);
  if (skew !== undefined) return done(skip(seen, undefined, skew));
  const before = good.filter(({ id }) => id !== options.current.files[0].id);
  const loss = shrunk(
    options.current.manifest,
    before.map((set) => set.manifest),
    options.rules.shrinkGuard,
  );
  if (loss !== undefined) {
    return done(skip({ ...seen, skippedReason: 'Shrunk' }, undefined, loss));
  }
  return done(await removeAll(options, sets, good, seen, now, signal));
}

async function survey({ destination, owner }: PruneOptions, signal: AbortSignal) {
  const listing = await destination.list(signal);
  const { now } = await destination.inspect(signal);
  return { sets: await setsOf(destination, listing, owner, signal), now };
}

/** Good sets, the newest first, with this run's among them. */
function withCurrent(sets: Sets, { current }: PruneOptions): GoodSet[] {
  const [file] = current.files;
  const own: GoodSet = {
    id: file.id,
    name: current.manifest.set,
    time: file.createdAt,
    manifest: current.manifest,
    files: current.files,
  };
  return [own, ...sets.good.filter(({ id }) => id !== own.id)].sort(
    (a, b) => b.time.getTime() - a.time.getTime(),
  );
}

async function removeAll(
  options: PruneOptions,
  sets: Sets,
  good: readonly GoodSet[],
  seen: RetentionReport,
  now: Date,
  signal: AbortSignal,
): Promise<PruneResult> {
  const { remove } = retention(good, options.rules, now, options.timeZone);
  const warnings: string[] = [];
  const removed: { set: string; why: string }[] = [];
  let kept = good.length;
  for (const { set, why } of remove) {
    // The set of this run is never given up, whatever the rules and clocks say.
    if (set.id === options.current.files[0].id) continue;
    const problem = await removeFiles(options, set.files, set.name, options.rules.mode, signal);
    if (problem === undefined) {
      removed.push({ set: set.name, why });
      kept -= 1;
    } else warnings.push(problem);
  }
  for (const [name, files] of Map.groupBy(deadFiles(sets, options, now), ({ tags }) => tags?.set ?? '')) {
    // To the bin in every mode: should its manifest be there and the listing have missed it, it can be got back.
    const problem = await removeFiles(options, files, name, 'Trash', signal);
    if (problem === undefined) removed.push({ set: name, why: 'unfinished, and its run is over' });
    else warnings.push(problem);
  }
  return { retention: { ...seen, kept, removed, removedCount: removed.length }, warnings };
}

/** Loose files whose own run must have ended an hour ago, by the destination's clock. */
function deadFiles({ loose }: Sets, { current }: PruneOptions, now: Date): StoredFile[] {
  const mine = new Set(current.files.map(({ id }) => id));
  return loose.filter(({ id, tags }) => {
    const deadline = Date.parse(tags?.deadline ?? '');
    return !mine.has(id) && now.getTime() > deadline + graceOfUnfinished;
  });
}

/** Removes files after a fresh look at each; the manifest goes first, so that no half set looks whole. */
async function removeFiles(
  { destination, owner }: PruneOptions,
  files: readonly StoredFile[],
  set: string,
  mode: RetentionSpec['mode'],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    for (const file of files) {
      const now = await destination.get(file.id, signal);
      if (now === undefined) continue;
      if (now.name !== file.name || now.tags?.owner !== owner || now.tags.set !== file.tags?.set) {
        return `${file.name} of set ${set} changed its name or owner since it was listed: it was left alone.`;
      }
      await destination.remove(file.id, mode, signal);
    }
    return undefined;
  } catch (error) {
    return `Set ${set} could not be removed: ${sentence(error)}`;
  }
}

function skip(seen: RetentionReport, error: BackupError | undefined, why: string): PruneResult {
  const skipped: RetentionReport = {
    ...seen,
    skipped: why,
    ...(error ? { skippedReason: error.reason } : {}),
  };
  return { retention: skipped, warnings: [] };
}

function sentence(error: unknown): string {
  if (error instanceof BackupError) return error.message;
  return 'an unexpected error, see the log.';
}
