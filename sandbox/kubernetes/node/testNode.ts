import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { eventually } from '../../testing.ts';
import type { ClusterAccess } from '../access.ts';
import { testNamespace } from '../testCluster.ts';
import type { Container, Pod, PodSpec, Terminated, Volume } from './pod.ts';
import { type ProcessNode, type ProcessNodeOptions, startProcessNode } from './startProcessNode.ts';

/** A node for one test, and a namespace whose pods go to it and no other pods do. */
export interface TestNode {
  readonly node: ProcessNode;
  readonly namespace: string;
  /** Creates a pod whose container `main` runs `code` in Node. */
  createPod(name: string, code: string, more?: PodOptions): Promise<void>;
  /** The same in a Job without retries. */
  createJob(name: string, code: string, more?: PodOptions & { job?: object }): Promise<void>;
  pod(name: string): Promise<Pod | undefined>;
  job(name: string): Promise<JobObject | undefined>;
  podsOf(job: string): Promise<Pod[]>;
  /** Why container `main` ended, once it did. */
  ended(pod: string): Promise<Terminated>;
  /** Resolves when container `main` waits for this reason. */
  waits(pod: string, reason: string, message: RegExp): Promise<void>;
  /** A pod with it stays when it is deleted, until the test is over. */
  readonly kept: PodOptions;
  kubectl(...args: string[]): Promise<string>;
  apply(object: object): Promise<void>;
  /** Events of an object: `Warning FailedMount: …`. */
  events(name: string): Promise<string[]>;
}

export interface JobObject {
  readonly status: {
    readonly succeeded?: number;
    readonly failed?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
  };
}

/** What a test adds to a pod. */
export interface PodOptions {
  container?: Partial<Container>;
  spec?: Partial<PodSpec> & Record<string, unknown>;
  volumes?: Volume[];
  metadata?: object;
}

/** The name of the image whose entry point is `node -e`. */
export const nodeImage = 'node:26';

const finalizer = 'dbbackup.dev/test';

/** Starts a node with the image `node:26`; it is gone, and its object deleted, when the test is over. */
export async function testNode(
  t: TestContext,
  cluster: ClusterAccess,
  options: Partial<ProcessNodeOptions> & { namespaceLabels?: Record<string, string> } = {},
): Promise<TestNode> {
  const namespace = await testNamespace(t, cluster, options.namespaceLabels);
  const name = options.name ?? `node-${randomBytes(4).toString('hex')}`;
  const taint = { key: 'dbbackup.dev/test-node', value: name, effect: 'NoSchedule' } as const;
  const root = await mkdtemp(join(tmpdir(), 'dbbackup-node-'));
  const node = await startProcessNode({
    kubeconfig: await cluster.userKubeconfig(`system:node:${name}`, ['system:nodes']),
    name,
    root,
    images: { [nodeImage]: { entrypoint: [process.execPath, '-e'] } },
    taints: [taint],
    backOff: { initialMs: 400, maxMs: 2_000 },
    ...options,
  });
  const kubectl = (...args: string[]) => cluster.kubectl(['-n', namespace, ...args]);
  const apply = async (object: object) => {
    await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], { input: JSON.stringify(object) });
  };
  const podSpec = (code: string, { container, spec, volumes }: PodOptions) => ({
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    nodeSelector: { 'kubernetes.io/hostname': name },
    tolerations: [{ key: taint.key, operator: 'Equal', value: name, effect: 'NoSchedule' }],
    containers: [{ name: 'main', image: nodeImage, args: [code], ...container }],
    ...(volumes && { volumes }),
    ...spec,
  });
  const core = `/api/v1/namespaces/${namespace}`;
  const releaseKept = async () => {
    const { body } = await cluster.request('GET', `${core}/pods`);
    const { items } = JSON.parse(body) as { items: Pod[] };
    const kept = items.filter(({ metadata }) => metadata.finalizers?.includes(finalizer));
    const patch = JSON.stringify({ metadata: { finalizers: null } });
    for (const { metadata } of kept)
      await kubectl('patch', 'pod', metadata.name, '--type=merge', '-p', patch);
  };
  t.after(async () => {
    await node.stop();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
    // A control plane that the test has ended has nothing to tidy.
    await cluster.request('DELETE', `/api/v1/nodes/${name}`).then(releaseKept, () => {});
  });
  const get = async <T>(path: string) => {
    const { status, body } = await cluster.request('GET', path);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    return JSON.parse(body) as T;
  };
  const pod = (name: string) => get<Pod>(`${core}/pods/${name}`);
  return {
    ...{ node, namespace, kubectl, apply },
    createPod: (name, code, more = {}) =>
      apply({
        ...{ apiVersion: 'v1', kind: 'Pod' },
        metadata: { name, ...more.metadata },
        spec: podSpec(code, more),
      }),
    createJob: (name, code, more = {}) =>
      apply({
        ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, ...more.metadata } },
        spec: { backoffLimit: 0, ...more.job, template: { spec: podSpec(code, more) } },
      }),
    kept: { metadata: { finalizers: [finalizer] } },
    pod,
    ended: (name) =>
      eventually(async () => {
        const { status } = (await pod(name)) ?? {};
        const terminated = status?.containerStatuses?.[0]?.state.terminated;
        assert.ok(terminated, `${name} has not ended: ${JSON.stringify(status)}`);
        return terminated;
      }),
    waits: (name, reason, message) =>
      eventually(async () => {
        const waiting = (await pod(name))?.status?.containerStatuses?.[0]?.state.waiting;
        assert.equal(waiting?.reason, reason);
        assert.match(waiting.message ?? '', message);
      }),
    job: (job) => get<JobObject>(`/apis/batch/v1/namespaces/${namespace}/jobs/${job}`),
    async podsOf(job) {
      const list = await get<{ items: Pod[] }>(`${core}/pods?labelSelector=job-name%3D${job}`);
      return list?.items ?? [];
    },
    async events(object) {
      const selector = encodeURIComponent(`involvedObject.name=${object}`);
      const list = await get<{ items: EventObject[] }>(`${core}/events?fieldSelector=${selector}`);
      return (list?.items ?? []).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    },
  };
}

interface EventObject {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}
