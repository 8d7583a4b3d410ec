import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { KubernetesUnavailable, orSkip } from '../sandbox/kubernetes/unavailable.ts';
import { runProgram } from '../sandbox/processes/runProgram.ts';
import { type Action, control, type Part } from './controls.ts';

/** What DBBACKUP_E2E holds as JSON: where the cluster of the suite is, or why there is none. */
export type SuiteAddress =
  | {
      kubeconfig: string;
      /** Programs. */
      kubectl: string;
      helm: string;
      /** This host as pods reach it; what tests start there listens on it, or with `listen` on that. */
      host: string;
      listen: string;
      image: string;
      /** Of our own cluster: the socket by which its parts are stopped and started, and its node's cgroup. */
      controls?: string;
      cgroup?: string;
    }
  | { unavailable: string }
  | { error: string };

type Reachable = Exclude<SuiteAddress, { unavailable: string } | { error: string }>;

/** The cluster that the suite runs on: a node of ours, or any other (E2E_KUBECONFIG). */
export interface SuiteCluster extends Readonly<Omit<Reachable, 'controls'>> {
  /** Runs kubectl and gives its standard output; a ProgramError if it fails. */
  run(args: readonly string[], options?: { input?: string; kubeconfig?: string }): Promise<string>;
  /** Runs helm, with values for `--values -`. */
  runHelm(args: readonly string[], values?: object): Promise<string>;
  /** Acts on a part of our own cluster; undefined where it is not ours. */
  readonly control: ((part: Part, action: Action) => Promise<void>) | undefined;
}

/** The cluster of the suite. Where there is none the test is skipped, with what is missing, and the answer is undefined. */
export async function suiteCluster(t: TestContext): Promise<SuiteCluster | undefined> {
  return orSkip(t, open());
}

/** The same where it can be broken: skipped on a cluster that is not ours. */
export async function breakableCluster(
  t: TestContext,
): Promise<(SuiteCluster & { control: NonNullable<SuiteCluster['control']> }) | undefined> {
  const cluster = await suiteCluster(t);
  if (!cluster) return undefined;
  const { control } = cluster;
  if (control) return { ...cluster, control };
  t.skip('It breaks parts of the cluster, and that of E2E_KUBECONFIG is somebody else’s.');
  return undefined;
}

async function open(): Promise<SuiteCluster> {
  const known = process.env.DBBACKUP_E2E;
  if (!known) throw new Error('Run it with `npm run e2e -- part/of/path`: it starts the cluster.');
  const address = JSON.parse(known) as SuiteAddress;
  if ('unavailable' in address) throw new KubernetesUnavailable(address.unavailable);
  if ('error' in address) throw new Error(address.error);
  const { controls, ...rest } = address;
  const env = { ...process.env, KUBECONFIG: address.kubeconfig, KUBERC: 'off' };
  return {
    ...rest,
    run: (args, { input, kubeconfig } = {}) =>
      runProgram(address.kubectl, args, {
        ...(input !== undefined && { input }),
        env: { ...env, ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }) },
      }),
    runHelm: (args, values = {}) => runProgram(address.helm, args, { input: JSON.stringify(values), env }),
    control: controls === undefined ? undefined : (part, action) => control(controls, part, action),
  };
}

/** A kubeconfig (a file) like that of the suite for someone else: their token, and nothing of the administrator's. */
export async function kubeconfigOf(t: TestContext, cluster: SuiteCluster, token: string): Promise<string> {
  const view = JSON.parse(await cluster.run(['config', 'view', '--raw', '--minify', '-o', 'json']));
  view.users[0].user = { token };
  const directory = await mkdtemp(join(tmpdir(), 'dbbackup-e2e-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'kubeconfig');
  await writeFile(file, JSON.stringify(view), { mode: 0o600 });
  return file;
}
