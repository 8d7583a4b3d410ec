import { z } from 'zod';

// Written out, although Kubernetes checks it as well: a field that it does not know would make its API server
// answer our CronJob with the status 500, and the person who wrote it should hear of it at once.
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#scheduling

const names = (what: string) => z.array(z.string().max(253)).max(64).optional().describe(what);

const requirement = (operators: [string, ...string[]]) =>
  z.strictObject({
    key: z.string().min(1).max(317).describe('Key of the label.'),
    operator: z.enum(operators).describe('How the label is compared with values.'),
    values: names('Values; none with Exists and DoesNotExist.'),
  });
const requirements = (operators: [string, ...string[]], what: string) =>
  z.array(requirement(operators)).max(32).optional().describe(what);

const nodeOperators: [string, ...string[]] = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const nodeTerm = z.strictObject({
  matchExpressions: requirements(nodeOperators, 'Labels of the node; all must match.'),
  matchFields: requirements(nodeOperators, 'Fields of the node, such as metadata.name; all must match.'),
});

const selector = z.strictObject({
  matchLabels: z
    .record(z.string(), z.string().max(63))
    .meta({ maxProperties: 32 })
    .optional()
    .describe('Labels with their values; all must match.'),
  matchExpressions: requirements(['In', 'NotIn', 'Exists', 'DoesNotExist'], 'Labels; all must match.'),
});
const podTerm = z.strictObject({
  topologyKey: z.string().min(1).max(317).describe('Label of nodes that says what is near.'),
  labelSelector: selector.optional().describe('Pods that are meant.'),
  namespaces: names('Namespaces of those pods; else that of the backup.'),
  namespaceSelector: selector.optional().describe('Namespaces of those pods, by their labels.'),
  matchLabelKeys: names('Labels that those pods share with the runner.'),
  mismatchLabelKeys: names('Labels in which those pods differ from the runner.'),
});

const weight = z.int().min(1).max(100).describe('How much it counts, 1 to 100.');
const podTerms = (near: string) =>
  z.strictObject({
    requiredDuringSchedulingIgnoredDuringExecution: z
      .array(podTerm)
      .max(16)
      .optional()
      .describe(`Pods that the runner must be ${near}.`),
    preferredDuringSchedulingIgnoredDuringExecution: z
      .array(z.strictObject({ weight, podAffinityTerm: podTerm.describe('The pods.') }))
      .max(16)
      .optional()
      .describe(`Pods that the runner had better be ${near}.`),
  });

/** spec.runner.affinity, as in a Pod. */
export const affinitySpec = z.strictObject({
  nodeAffinity: z
    .strictObject({
      requiredDuringSchedulingIgnoredDuringExecution: z
        .strictObject({
          nodeSelectorTerms: z.array(nodeTerm).min(1).max(16).describe('Kinds of nodes; one must match.'),
        })
        .optional()
        .describe('Nodes that the runner needs.'),
      preferredDuringSchedulingIgnoredDuringExecution: z
        .array(z.strictObject({ weight, preference: nodeTerm.describe('The kind of node.') }))
        .max(16)
        .optional()
        .describe('Nodes that the runner prefers.'),
    })
    .optional()
    .describe('Which nodes the runner wants.'),
  podAffinity: podTerms('near').optional().describe('Which pods the runner wants to be near.'),
  podAntiAffinity: podTerms('away from').optional().describe('Which pods the runner keeps away from.'),
});
