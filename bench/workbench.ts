import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { type Measured, measure } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { bundlePrograms, type Program } from './programs/bundlePrograms.ts';
import { createFourfoldA, createTableA, createTinyTables } from './tables.ts';

const databases = ['a', 'fourfold', 'small', 'tiny'] as const;
/** A database of the bench: table A, 4 × A, its first 200,000 rows, or 2,000 tiny tables. */
export type BenchDatabase = (typeof databases)[number];

/** Everything that the pairs share. Databases are made when they are first asked for. */
export interface Workbench extends AsyncDisposable {
  readonly options: BenchOptions;
  readonly signal: AbortSignal;
  readonly server: PostgresServer;
  /** How many rows table `a` of a database has. */
  rowsOf(name: BenchDatabase): number;
  uri(name: BenchDatabase): Promise<string>;
  /** An empty folder; it goes with the workbench at the latest. */
  folder(name: string): Promise<string>;
  /** Runs one of our programs in a fresh Node process; the compile cache is that of the image. */
  run(program: Program, input: object, env?: Record<string, string>): Promise<Measured>;
  /** The environment of our programs. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Starts PostgreSQL and bundles the programs. */
export async function workbench(options: BenchOptions, signal: AbortSignal): Promise<Workbench> {
  const stack = new AsyncDisposableStack();
  try {
    const directory = await mkdtemp(join(tmpdir(), 'dbbackup-bench-'));
    stack.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
    const server = stack.use(await startPostgres({ settings: { autovacuum: 'off' } }));
    await bundlePrograms(directory);
    const environment = { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compile-cache') };
    const rowsOf = (name: BenchDatabase) =>
      ({ a: options.rows, fourfold: 4 * options.rows, small: Math.min(200_000, options.rows), tiny: 0 })[
        name
      ];
    const made = new Map<BenchDatabase, Promise<string>>();
    const uri = (name: BenchDatabase): Promise<string> => {
      const known = made.get(name) ?? make(name);
      made.set(name, known);
      return known;
    };
    const make = async (name: BenchDatabase): Promise<string> => {
      if (name === 'fourfold') await uri('a');
      console.log(`Making database ${name} …`);
      if (name === 'tiny') return createTinyTables(server, name);
      if (name === 'fourfold') return createFourfoldA(server, name, 'a', options.rows);
      return createTableA(server, name, rowsOf(name));
    };
    return {
      options,
      signal,
      server,
      environment,
      rowsOf,
      uri,
      async folder(name) {
        const path = join(directory, name);
        await rm(path, { recursive: true, force: true });
        await mkdir(path, { recursive: true });
        return path;
      },
      run: (program, input, env = {}) =>
        measure(process.execPath, [join(directory, `${program}.cjs`)], {
          env: { ...environment, ...env, BENCH_INPUT: JSON.stringify(input) },
          signal,
        }),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
