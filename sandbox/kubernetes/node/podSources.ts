import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type KubernetesClient } from '../../../operator/controller/kubernetesClient.ts';
import type { KubernetesObject, Resource } from '../../../operator/controller/kubernetesObject.ts';
import type { Pod, TokenProjection } from './pod.ts';

/** Values by key. */
export type Values = ReadonlyMap<string, Buffer>;

/** What a pod's volumes and variables are made of, read by the identity of the node. */
export interface PodSources {
  /** Undefined where there is none. */
  secret(namespace: string, name: string, signal: AbortSignal): Promise<Values | undefined>;
  configMap(namespace: string, name: string, signal: AbortSignal): Promise<Values | undefined>;
  token(pod: Pod, projection: TokenProjection, signal: AbortSignal): Promise<Buffer>;
}

const secrets: Resource = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' };
const configMaps: Resource = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' };

interface Configuration extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

interface TokenRequest extends KubernetesObject {
  readonly spec: object;
  readonly status?: { readonly token: string; readonly expirationTimestamp: string };
}

/** Reads from the API server; a token is kept until 80 % of its time has passed, as the kubelet does. */
export function podSources(client: KubernetesClient): PodSources {
  const tokens = new Map<string, { token: Buffer; renewAt: number }>();
  return {
    async secret(namespace, name, signal) {
      const secret = await allowed(() => client.get<Configuration>(secrets, namespace, name, signal), signal);
      return secret && values(secret.data, 'base64');
    },
    async configMap(namespace, name, signal) {
      const map = await allowed(() => client.get<Configuration>(configMaps, namespace, name, signal), signal);
      return map && new Map([...values(map.data, 'utf8'), ...values(map.binaryData, 'base64')]);
    },
    async token(pod, projection, signal) {
      const now = Date.now();
      for (const [key, { renewAt }] of tokens) if (renewAt <= now) tokens.delete(key);
      const { audience, expirationSeconds = 3600 } = projection;
      const key = JSON.stringify([pod.metadata.uid, audience, expirationSeconds]);
      const kept = tokens.get(key);
      if (kept) return kept.token;
      const account = tokensOf(pod.spec.serviceAccountName ?? 'default');
      const request = tokenRequest(pod, audience, expirationSeconds);
      const { status } = await allowed(() => client.create<TokenRequest>(account, request, signal), signal);
      if (!status) throw new Error('the TokenRequest has no status');
      const token = Buffer.from(status.token);
      const life = Date.parse(status.expirationTimestamp) - now;
      tokens.set(key, { token, renewAt: now + life * 0.8 });
      return token;
    },
  };
}

// The Node authorizer learns of a pod by a watch of its own, at times later than we do.
async function allowed<Answer>(ask: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  for (const deadline = Date.now() + 3_000; ; await delay(30, undefined, { signal })) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403) || Date.now() > deadline) throw error;
    }
  }
}

function values(data: Readonly<Record<string, string>> | undefined, encoding: 'base64' | 'utf8'): Values {
  return new Map(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]));
}

// A subresource that is created: the client knows of none, but its parent may be part of the name.
function tokensOf(serviceAccount: string): Resource {
  return { apiVersion: 'v1', kind: 'TokenRequest', plural: `serviceaccounts/${serviceAccount}/token` };
}

function tokenRequest(pod: Pod, audience: string | undefined, expirationSeconds: number): TokenRequest {
  const { name, namespace, uid } = pod.metadata;
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name: pod.spec.serviceAccountName ?? 'default', namespace },
    spec: {
      audiences: audience ? [audience] : [],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  };
}
