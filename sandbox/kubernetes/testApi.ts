import type { TestContext } from 'node:test';
import { apiVersion } from '../../crds/databaseBackup.ts';
import type { ClusterAccess } from './access.ts';
import { applyCrds } from './applyCrds.ts';
import { testCluster, testNamespace } from './testCluster.ts';

type Spec = Record<string, unknown>;

/** What the API server answers to a creation. */
export interface Answer {
  readonly status: number;
  readonly message: string;
  /** With the defaults of the CRD. */
  readonly spec: unknown;
}

/** A namespace where our kinds are served. */
export interface TestApi {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  /** Creates an object of one of our kinds, every field checked. */
  create(kind: string, name: string, spec: Spec): Promise<Answer>;
  /** The same without keeping it. */
  attempt(kind: string, name: string, spec: Spec): Promise<Answer>;
}

export async function testApi(t: TestContext): Promise<TestApi | undefined> {
  const cluster = await testCluster(t);
  if (!cluster) return undefined;
  await applyCrds(cluster);
  const namespace = await testNamespace(t, cluster);
  const post = async (kind: string, name: string, spec: Spec, query: string): Promise<Answer> => {
    const plural = `${kind.toLowerCase()}s`;
    const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}?fieldValidation=Strict${query}`;
    const { status, body } = await cluster.request('POST', path, object(kind, name, spec));
    const { message = '', spec: kept } = JSON.parse(body) as { message?: string; spec?: unknown };
    return { status, message, spec: kept };
  };
  return {
    ...{ cluster, namespace },
    create: (kind, name, spec) => post(kind, name, spec, ''),
    attempt: (kind, name, spec) => post(kind, name, spec, '&dryRun=All'),
  };
}

/** An object of one of our kinds, as a person writes it. */
export const object = (kind: string, name: string, spec: Spec) => ({
  ...{ apiVersion, kind, metadata: { name }, spec },
});
