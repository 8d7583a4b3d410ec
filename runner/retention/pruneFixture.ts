import type { TestContext } from 'node:test';
import { type Manifest, manifestExtension } from '../../crds/manifest.ts';
import { type RetentionSpec, retentionSpec } from '../../crds/retentionSpec.ts';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import type { Destination, StoredFile } from '../destinations/destination.ts';
import { openDirectory } from '../destinations/directory.ts';
import { type DriveFixture, driveFixture } from '../destinations/driveFixture.ts';
import type { GoogleDriveOptions } from '../destinations/googleDrive.ts';
import { type CompleteSet, type PruneOptions, type PruneResult, prune } from './prune.ts';

const day = 86_400_000;
export const me = 'b7a6c0de-0000-4000-8000-000000000001';

/** A set to store; every field has a default but its name. */
export interface SetToStore {
  readonly owner?: string;
  /** Days before the fixture's time at which it is stored. */
  readonly age?: number;
  readonly rows?: number;
  readonly tables?: Readonly<Record<string, number>>;
  /** Endings and contents of the files. */
  readonly files?: Readonly<Record<string, string>>;
  /** Minutes from storing to the deadline of its run. */
  readonly deadline?: number;
  /** False: the run died before it; a text: what lies there instead. */
  readonly manifest?: boolean | string;
  readonly change?: (manifest: Manifest) => Manifest;
}

/** A destination on which prune runs, with a clock that the test holds. */
export interface PruneFixture {
  readonly destination: Destination;
  readonly signal: AbortSignal;
  /** The destination's clock; ours is the same unless a test passes another. */
  now: Date;
  store(set: string, more?: SetToStore): Promise<CompleteSet>;
  prune(
    current: CompleteSet,
    rules: Partial<RetentionSpec>,
    more?: Partial<PruneOptions>,
  ): Promise<PruneResult>;
  /** Sets by the names of their files, as the destination itself knows them, what is in the bin left out. */
  names(): Promise<string[]>;
}

export interface DrivePruneFixture extends PruneFixture, Pick<DriveFixture, 'fake' | 'open'> {}

/** On the fake Google. */
export async function drivePruneFixture(
  t: TestContext,
  options: Partial<GoogleDriveOptions> = {},
): Promise<DrivePruneFixture> {
  const fixture = { now: new Date('2026-03-10T12:00:00Z') };
  const { fake, drive, open, signal } = await driveFixture(t, options, { now: () => fixture.now });
  const names = async () =>
    fake
      .files()
      .filter(({ parent, trashed }) => parent === fake.folderID && !trashed)
      .map(({ name }) => name)
      .sort();
  return Object.assign(fixture, { fake, open, ...pruneFixture(fixture, drive, signal), names });
}

/** On a folder of the file system, whose clock is moved by a layer over the real destination. */
export async function directoryPruneFixture(t: TestContext): Promise<PruneFixture> {
  const fixture = { now: new Date('2026-03-10T12:00:00Z') };
  const directory = await openDirectory({ path: await temporaryDirectory(t) });
  const times = new Map<string, Date>();
  const dated = <T extends StoredFile | undefined>(file: T): T =>
    file && ({ ...file, createdAt: times.get(file.id) ?? file.createdAt } as T);
  const destination = wrapped(directory, {
    inspect: async (signal) => ({ ...(await directory.inspect(signal)), now: fixture.now }),
    list: async (signal) => (await directory.list(signal)).map(dated),
    get: async (id, signal) => dated(await directory.get(id, signal)),
    create: async (file, signal) => {
      const upload = await directory.create(file, signal);
      return {
        write: (chunk) => upload.write(chunk),
        abort: () => upload.abort(),
        async finish() {
          times.set(file.name, fixture.now);
          return dated(await upload.finish());
        },
      };
    },
  });
  const signal = AbortSignal.timeout(120_000);
  const names = async () => (await directory.list(signal)).map(({ name }) => name).sort();
  return Object.assign(fixture, { ...pruneFixture(fixture, destination, signal), names });
}

/** The destination with some methods replaced. */
export function wrapped(inner: Destination, more: Partial<Destination>): Destination {
  return {
    kind: inner.kind,
    inspect: (signal) => inner.inspect(signal),
    probe: (signal) => inner.probe(signal),
    create: (file, signal) => inner.create(file, signal),
    list: (signal) => inner.list(signal),
    get: (id, signal) => inner.get(id, signal),
    read: (id, signal) => inner.read(id, signal),
    remove: (id, mode, signal) => inner.remove(id, mode, signal),
    tag: (id, tags, signal) => inner.tag(id, tags, signal),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    ...more,
  };
}

function pruneFixture(fixture: { now: Date }, destination: Destination, signal: AbortSignal) {
  return {
    destination,
    signal,
    async store(set: string, more: SetToStore = {}) {
      const { now } = fixture;
      fixture.now = new Date(now.getTime() - (more.age ?? 0) * day);
      try {
        return await storeSet(destination, set, more, fixture.now, signal);
      } finally {
        fixture.now = now;
      }
    },
    prune(current: CompleteSet, rules: Partial<RetentionSpec>, more: Partial<PruneOptions> = {}) {
      const options: PruneOptions = {
        destination,
        owner: me,
        rules: retentionSpec.parse({ minKeep: 1, ...rules }),
        timeZone: 'UTC',
        now: () => fixture.now,
        current,
      };
      return prune({ ...options, ...more }, signal);
    },
  };
}

async function storeSet(
  destination: Destination,
  set: string,
  { owner = me, rows = 100, files: contents = { '.csv': 'id\n1\n', '.json': '{}' }, ...more }: SetToStore,
  now: Date,
  signal: AbortSignal,
): Promise<CompleteSet> {
  const deadline = new Date(now.getTime() + (more.deadline ?? 60) * 60_000).toISOString();
  const save = async (name: string, text: string) => {
    const file = { name, contentType: 'text/plain', tags: { owner, set, deadline } };
    const upload = await destination.create(file, signal);
    await upload.write(Buffer.from(text));
    return upload.finish();
  };
  const stored: StoredFile[] = [];
  for (const [ending, text] of Object.entries(contents)) stored.push(await save(set + ending, text));
  const content: Manifest = {
    kind: 'DatabaseBackupManifest',
    version: 1,
    set,
    owner,
    backup: { namespace: 'shop', name: 'shop' },
    database: { name: 'shop', serverVersion: '17.6' },
    snapshotTime: now.toISOString(),
    timeZone: 'UTC',
    madeBy: { program: 'test' },
    files: stored.map(({ id, name, bytes, sha256 = '' }) => {
      const format = name.includes('.json') ? 'json' : 'csv';
      return {
        id,
        name,
        bytes,
        sha256,
        format,
        contentType: name.endsWith('.gz') ? 'application/gzip' : 'text/plain',
      };
    }),
    tables: Object.entries(more.tables ?? { items: rows }).map(([name, count]) => {
      return { schema: 'public', name, title: name, rows: count };
    }),
    rows: more.tables ? Object.values(more.tables).reduce((sum, count) => sum + count, 0) : rows,
    notes: [],
    restore: [],
    notIncluded: [],
  };
  const manifest = more.change?.(content) ?? content;
  if (more.manifest === false) return { manifest, files: stored as [StoredFile, ...StoredFile[]] };
  const text = typeof more.manifest === 'string' ? more.manifest : JSON.stringify(manifest);
  return { manifest, files: [await save(`${set}${manifestExtension}`, text), ...stored] };
}
