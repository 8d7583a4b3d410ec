import { BackupError } from '../../crds/failureReason.ts';
import { countOf } from '../../crds/inWords.ts';
import type { Manifest } from '../../crds/manifest.ts';
import type { RetentionSpec } from '../../crds/retentionSpec.ts';
import type { RunReport } from '../../crds/runReport.ts';
import type { Destination, StoredFile } from '../destinations/destination.ts';
import { inspectTimed } from './clockDifference.ts';
import { type GoodSet, isManifestOf, type Sets, setsOf } from './goodSets.ts';
import { inWords, type RemovableSet, type Removal, removeSet, same } from './removeSet.ts';
import { type Decision, retention } from './retention.ts';
import { shrunk, smallSets } from './shrinkGuard.ts';
import { unfinishedSets } from './unfinishedSets.ts';

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

// Each is some calls more; so many sets that are certainly there are enough.
const mostLooksAgain = 10;

/**
 * Removes the sets that retention gives up and the remains of dead runs, with every caution of design.md (6):
 * only the owner's, only by ID, never below minKeep, ages by the destination's clock, and nothing at all when
 * anything looks wrong, which the result then says. Never throws: the backup is complete, whatever happens here.
 */
export async function prune(options: PruneOptions, signal: AbortSignal): Promise<PruneResult> {
  const result = { removed: [], removedCount: 0, kept: 0, foreignSets: 0, damagedSets: 0 };
  const pruning = { retention: result as RetentionReport, warnings: [] as string[] };
  try {
    await pruneInto(pruning, options, signal);
  } catch (error) {
    skip(pruning, inWords(error), error);
  }
  return pruning;
}

interface Pruning {
  retention: RetentionReport;
  readonly warnings: string[];
}

async function pruneInto(pruning: Pruning, options: PruneOptions, signal: AbortSignal): Promise<void> {
  const { destination, owner, rules, current, now: ourNow } = options;
  const listing = await destination.list(signal);
  const { state, skew } = await inspectTimed(destination, { now: ourNow }, signal);
  const sets = await setsOf(destination, listing, owner, signal);
  const good = withCurrent(sets, current);
  // Our own may be listed in part only; it was verified by ID.
  const damaged = sets.damaged.filter(({ id }) => id !== current.files[0].id);
  for (const { name, why } of damaged) {
    pruning.warnings.push(`Set ${name} is damaged: ${why}. It protects no other set and is not removed.`);
  }
  Object.assign(pruning.retention, {
    kept: good.length,
    foreignSets: sets.foreign,
    damagedSets: damaged.length,
  });
  if (skew !== undefined) return skip(pruning, skew);
  const before = good.filter(({ id }) => id !== current.files[0].id);
  const loss = shrunk(
    current.manifest,
    before.map(({ manifest }) => manifest),
    rules.shrinkGuard,
  );
  if (loss !== undefined) {
    skip(pruning, loss);
    pruning.retention.skippedReason = 'Shrunk';
    return;
  }
  const { now } = state;
  const given = givenUp(good, options, now, pruning.warnings);
  const kept = good.filter((set) => !given.some((decision) => decision.set === set));
  if (given.length > 0) await requirePresent(kept, options, signal);
  for (const { set, why } of given) {
    await remove(pruning, { ...set, complete: true }, why, options, signal);
  }
  for (const set of await deadSets(sets, listing, options, now, signal)) {
    await remove(pruning, set, 'unfinished, and its run is over', options, signal);
  }
}

/** Good sets, the newest first, with this run's among them. */
function withCurrent(sets: Sets, { manifest, files }: CompleteSet): GoodSet[] {
  const [file] = files;
  const own: GoodSet = { id: file.id, name: manifest.set, time: file.createdAt, manifest, files };
  return [own, ...sets.good.filter(({ id }) => id !== own.id)].sort(
    (a, b) => b.time.getTime() - a.time.getTime(),
  );
}

/** What may go. Never this run's set, and nothing that a set of a wiped database would push out. */
function givenUp(
  good: readonly GoodSet[],
  { rules, timeZone, current }: PruneOptions,
  now: Date,
  warnings: string[],
): Decision<GoodSet>[] {
  const small = smallSets(good, rules.shrinkGuard);
  const sound = good.filter((set) => !small.has(set));
  const spared = new Set(retention(sound, rules, now, timeZone).keep.map(({ set }) => set));
  const { remove } = retention(good, rules, now, timeZone);
  const pushedOut = remove.filter(({ set }) => spared.has(set));
  if (pushedOut.length > 0) {
    warnings.push(
      `${countOf(small.size, 'set')} with far fewer rows than usual may be of a database that lost data: ${countOf(pushedOut.length, 'set')} beyond the limits stayed for their sake.`,
    );
  }
  return remove.filter(({ set }) => !spared.has(set) && set.id !== current.files[0].id);
}

/** A fresh look, by ID, at the sets that justify the removal of others. Throws if one is not whole any more. */
async function requirePresent(
  kept: readonly GoodSet[],
  { destination, rules, current }: PruneOptions,
  signal: AbortSignal,
): Promise<void> {
  const newest = kept.slice(0, Math.min(rules.minKeep, mostLooksAgain));
  const own = kept.filter(({ id }) => id === current.files[0].id);
  for (const set of new Set([...own, ...newest])) {
    for (const file of set.files) {
      const now = await destination.get(file.id, signal);
      if (now !== undefined && same(now, file)) continue;
      throw new BackupError(
        'UploadFailed',
        `${file.name} of set ${set.name}, which was to stay, was removed or changed while older sets were looked for.`,
      );
    }
  }
}

/** What dead runs left, unless a second listing shows a manifest that the first one missed. */
async function deadSets(
  { loose }: Sets,
  listing: readonly StoredFile[],
  { destination, owner, current }: PruneOptions,
  now: Date,
  signal: AbortSignal,
): Promise<RemovableSet[]> {
  const mine = new Set(current.files.map(({ id }) => id));
  const dead = unfinishedSets(
    loose.filter(({ id }) => !mine.has(id)),
    now,
  );
  if (dead.size === 0) return [];
  const known = new Set([...listing.map(({ id }) => id), ...mine]);
  for (const file of await destination.list(signal)) {
    if (isManifestOf(owner, file) && !known.has(file.id)) dead.delete(file.tags?.set ?? '');
  }
  return [...dead].map(([name, files]) => ({ name, files, complete: false }));
}

async function remove(
  pruning: Pruning,
  set: RemovableSet,
  why: string,
  { destination, rules }: PruneOptions,
  signal: AbortSignal,
): Promise<void> {
  // The unfinished go to the bin in every mode: should a listing have missed their manifest, they can be got back.
  const mode = set.complete ? rules.mode : 'Trash';
  const removal: Removal = await removeSet(destination, set, mode, signal);
  const { retention: report, warnings } = pruning;
  if ('why' in removal) warnings.push(removal.why);
  if (removal.kind === 'kept') return;
  if (set.complete) report.kept -= 1;
  if (removal.kind === 'gone') return;
  report.removed.push({ set: set.name, why });
  report.removedCount += 1;
}

function skip({ retention: report }: Pruning, why: string, error?: unknown): void {
  report.skipped = why;
  if (error instanceof BackupError) report.skippedReason = error.reason;
}
