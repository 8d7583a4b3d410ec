import { z } from 'zod';
import { kubernetesObject, objectName, secretRef } from './specTypes.ts';

/** spec.runner: the pod of the runner. */
export const runnerSpec = z.strictObject({
  image: z.string().min(1).max(512).optional().describe('Image of the runner; else the one of the operator.'),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional().describe('As in a Pod.'),
  resources: kubernetesObject().optional().describe('Requests and limits of the runner, as in a Pod.'),
  nodeSelector: z.record(z.string(), z.string().max(63)).optional().describe('As in a Pod.'),
  tolerations: z.array(kubernetesObject()).max(64).optional().describe('As in a Pod.'),
  affinity: kubernetesObject().optional().describe('As in a Pod.'),
  priorityClassName: objectName.optional().describe('As in a Pod.'),
  serviceAccountName: objectName
    .optional()
    .describe('ServiceAccount of the runner. It needs no rights: no token is mounted.'),
  imagePullSecrets: z.array(secretRef).max(16).optional().describe('As in a Pod.'),
  podLabels: z.record(z.string(), z.string().max(63)).optional().describe('More labels of the runner pod.'),
  podAnnotations: z
    .record(z.string(), z.string().max(4096))
    .optional()
    .describe('More annotations of the runner pod.'),
  env: z
    .array(kubernetesObject())
    .max(64)
    .optional()
    .describe('More environment of the runner as in a Pod: HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS.'),
});
