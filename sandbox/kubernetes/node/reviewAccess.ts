import type { KubernetesClient } from '../../../operator/controller/kubernetesClient.ts';
import type { KubernetesObject, Resource } from '../../../operator/controller/kubernetesObject.ts';

const reviews: Resource = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
};

interface Review extends KubernetesObject {
  readonly spec: object;
  readonly status?: { readonly allowed: boolean };
}

/** Asks the API server whether somebody may use the kubelet's API, as the kubelet's webhook authorizer does. */
export function reviewAccess(client: KubernetesClient, name: string) {
  return async (user: string, groups: readonly string[], signal: AbortSignal) => {
    const resourceAttributes = { verb: 'get', version: 'v1', resource: 'nodes', subresource: 'proxy', name };
    const { apiVersion, kind } = reviews;
    const review: Review = {
      apiVersion,
      kind,
      metadata: { name: '' },
      spec: { user, groups, resourceAttributes },
    };
    return (await client.create(reviews, review, signal)).status?.allowed ?? false;
  };
}
