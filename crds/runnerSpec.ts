import { z } from 'zod';
import { affinitySpec } from './affinitySpec.ts';
import { environmentVariable } from './environmentSpec.ts';
import { quantity } from './quantity.ts';
import { celString, objectName, patterned, ruled, secretRef } from './specTypes.ts';

// What Kubernetes would refuse in our CronJob is refused here, where the person who wrote it can read why.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = patterned(
  z.string().max(63),
  /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/,
  'begin and end with a letter or digit; between them also -, _ and .',
);

const properKeys = {
  check: (map: object) => Object.keys(map).every((key) => labelKey.test(key)),
  cel: `self.all(key, key.matches(${celString(labelKey.source)}))`,
  message: 'has a key that Kubernetes does not take: write team or example.com/team',
};

const isOwn = (key: string) => key.startsWith('dbbackup.dev/') || key === 'app.kubernetes.io/managed-by';
const foreignKeys = {
  check: (map: object) => !Object.keys(map).some(isOwn),
  cel: "self.all(key, !key.startsWith('dbbackup.dev/') && key != 'app.kubernetes.io/managed-by')",
  message: 'sets a key of the operator: leave out dbbackup.dev/… and app.kubernetes.io/managed-by',
};

const amount = ruled(
  z
    .union([z.string().max(32), z.int().min(0)], { error: 'write a quantity such as 500m or 384Mi' })
    .meta({ 'x-kubernetes-int-or-string': true }),
  {
    check: (value) => quantity(value) !== undefined,
    // A regular expression would cost too much: nothing bounds the length of an int-or-string.
    cel: 'isQuantity(string(self))',
    message: 'write a quantity such as 500m or 384Mi',
  },
);
const amounts = z.record(z.string(), amount).meta({ maxProperties: 8 });

/** Requests and limits of a container, as in a Pod. */
export const resources = ruled(
  z.strictObject({
    requests: amounts.optional().describe('What the scheduler keeps free: {cpu: 250m, memory: 256Mi}.'),
    limits: amounts.optional().describe('What the runner may use at most: {memory: 512Mi}.'),
  }),
  ...['cpu', 'memory'].map((name) => ({
    check: ({ requests, limits }: Amounts) =>
      (quantity(requests?.[name] ?? '') ?? 0) <= (quantity(limits?.[name] ?? '') ?? Infinity),
    cel: `!has(self.requests) || !has(self.limits) || !('${name}' in self.requests) || !('${name}' in self.limits) || quantity(string(self.requests['${name}'])).compareTo(quantity(string(self.limits['${name}']))) <= 0`,
    message: `requests more ${name} than its limits allow: raise the limit, or lower the request`,
  })),
);
interface Amounts {
  requests?: Record<string, string | number> | undefined;
  limits?: Record<string, string | number> | undefined;
}

const tolerationKey = patterned(
  z.string().max(317),
  new RegExp(`^$|${labelKey.source}`),
  'write a key such as backup or example.com/backup',
);
const toleration = ruled(
  z.strictObject({
    key: tolerationKey.optional().describe('Taint that is tolerated; left out with Exists: every one.'),
    operator: z.enum(['Exists', 'Equal']).optional().describe('How value is compared; else Equal.'),
    value: z.string().max(63).optional().describe('Value of the taint.'),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .describe('Effect that is tolerated; left out: all.'),
    tolerationSeconds: z.int().optional().describe('How long NoExecute is tolerated; left out: for ever.'),
  }),
  {
    check: ({ key, operator }) => Boolean(key) || operator === 'Exists',
    cel: "(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')",
    message: 'names no key: add one, or set operator to Exists',
  },
  {
    check: ({ operator, value }) => operator !== 'Exists' || !value,
    cel: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
    message: 'has a value beside operator Exists: leave one of them out',
  },
  {
    check: ({ effect, tolerationSeconds }) => tolerationSeconds === undefined || effect === 'NoExecute',
    cel: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    message: 'has tolerationSeconds, which needs effect NoExecute',
  },
);

/** A list whose items have a name of their own, as Kubernetes keeps it. */
const byName = <T extends z.ZodType<{ name: string }>>(item: T, most: number) =>
  z
    .array(item)
    .max(most)
    .refine((items) => new Set(items.map(({ name }) => name)).size === items.length, {
      error: 'has a name twice',
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });

/** spec.runner: the pod of the runner. */
export const runnerSpec = z.strictObject({
  image: patterned(z.string().min(1).max(512), /^\S+$/, 'write an image without blanks')
    .optional()
    .describe('Image of the runner; else the one of the operator.'),
  imagePullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .optional()
    .describe('When the node pulls the image; else IfNotPresent.'),
  resources: resources
    .optional()
    .describe('Requests and limits of the runner, as in a Pod; they replace those of the operator.'),
  nodeSelector: ruled(z.record(z.string(), labelValue).meta({ maxProperties: 32 }), properKeys)
    .optional()
    .describe('Labels that a node must have to run the pod.'),
  tolerations: z.array(toleration).max(64).optional().describe('Taints that the pod tolerates, as in a Pod.'),
  affinity: affinitySpec.optional().describe('Which nodes and neighbours the pod wants, as in a Pod.'),
  priorityClassName: objectName.optional().describe('PriorityClass of the pod.'),
  serviceAccountName: objectName
    .optional()
    .describe('ServiceAccount of the runner. It needs no rights: no token is mounted.'),
  imagePullSecrets: byName(secretRef, 16).optional().describe('Secrets that the image is pulled with.'),
  podLabels: ruled(z.record(z.string(), labelValue).meta({ maxProperties: 32 }), properKeys, foreignKeys)
    .optional()
    .describe('More labels of the runner pod.'),
  podAnnotations: ruled(
    z.record(z.string(), z.string().max(4096)).meta({ maxProperties: 32 }),
    properKeys,
    foreignKeys,
  )
    .optional()
    .describe('More annotations of the runner pod.'),
  env: byName(environmentVariable, 64)
    .optional()
    .describe('More environment of the runner as in a Pod: HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS.'),
});
