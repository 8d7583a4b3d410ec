import { execFile } from 'node:child_process';
import type { TestContext } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { kubernetesBinaries } from '../sandbox/kubernetes/binaries.ts';
import { orSkip } from '../sandbox/kubernetes/unavailable.ts';
import { chartFolder } from './chartFiles.ts';

/** Values of the chart, as a file of values has them. */
export type Values = Record<string, unknown>;

/** An object as the chart renders it. */
export interface ChartObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests look at all kinds.
  readonly [field: string]: any;
}

/** A program's end; it never rejects for its exit status. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Helm with our chart. */
export interface Helm {
  /** Runs it with values on standard input, for `--values -`. */
  run(args: readonly string[], values?: Values, env?: NodeJS.ProcessEnv): Promise<Ended>;
  /** `helm template`: what the chart renders with these values. Rejects with what Helm says. */
  render(values?: Values, args?: readonly string[]): Promise<ChartObject[]>;
}

/** Helm, built where it is missing; where it can't be the test is skipped, with what to install, and the answer is undefined. */
export async function helm(t: TestContext): Promise<Helm | undefined> {
  const binaries = await orSkip(t, kubernetesBinaries({ programs: ['helm'] }));
  if (!binaries) return undefined;
  // As JSON: in Helm's YAML a bare yes is a boolean.
  const run: Helm['run'] = (args, values, env) =>
    execute(binaries.helm, args, JSON.stringify(values ?? {}), env);
  return {
    run,
    async render(values, args = []) {
      const ended = await run(
        ['template', 'test', chartFolder, '--namespace', 'system', '--values', '-', ...args],
        values,
      );
      if (ended.status !== 0) throw new Error(ended.stderr);
      return objects(ended.stdout);
    },
  };
}

/** The objects of a YAML stream. */
export function objects(yaml: string): ChartObject[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as ChartObject | null)
    .filter((object) => object !== null);
}

/** Runs a program to its end. */
export function execute(
  file: string,
  args: readonly string[],
  input = '',
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env }, maxBuffer: 64 << 20 };
    const child = execFile(file, args, options, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.on('error', () => {}).end(input);
  });
}

/** The object of a kind and, where there are several, with this end of its name. */
export function find(all: readonly ChartObject[], kind: string, end = ''): ChartObject {
  const found = all.filter((object) => object.kind === kind && object.metadata.name.endsWith(end));
  const [first] = found;
  if (!first)
    throw new Error(`The chart renders no ${kind} ${end}: ${all.map((each) => each.kind).join(', ')}`);
  return first;
}
