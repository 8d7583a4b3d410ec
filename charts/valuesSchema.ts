import { z } from 'zod';
import { runnerDefaults } from '../operator/reconcile/runnerDefaults.ts';

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const orEmpty = <T extends z.ZodType>(schema: T) => z.union([z.literal(''), schema]);
const map = z.record(z.string(), z.string());
const port = z.int().min(1).max(65535);
const pullPolicy = z.enum(['Always', 'IfNotPresent', 'Never']);
// What goes into the operator's pod as it is: the API server knows it better.
const asInPod = z.looseObject({});
const listAsInPod = z.array(asInPod);
const secretNames = z.array(z.strictObject({ name: z.string().min(1) }));
const amounts = z.record(z.string(), z.union([z.string(), z.number()]));

// Empty stands for left out, in the values and in what the operator gets.
const { image, imagePullPolicy, priorityClassName, serviceAccountName, resources, ...others } =
  runnerDefaults.shape;
const given = <T extends z.ZodType>(schema: T) =>
  schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
const runner = z.strictObject({
  ...others,
  image: orEmpty(given(image)),
  imagePullPolicy: orEmpty(given(imagePullPolicy)),
  priorityClassName: orEmpty(given(priorityClassName)),
  serviceAccountName: orEmpty(given(serviceAccountName)),
  resources,
});

/** Every value of the chart. What is no field here is refused: a misspelt value would be without effect and without a word. */
const chartValues = z.strictObject({
  // What Helm itself hands to a chart that another one depends on.
  global: z.looseObject({}).optional(),
  nameOverride: orEmpty(name),
  fullnameOverride: orEmpty(name),
  image: z.strictObject({
    repository: z.string().regex(/^[^\s:@]+(:\d+\/[^\s:@]+)?$/),
    tag: z.string().regex(/^[\w.-]{0,128}$/),
    digest: orEmpty(z.string().regex(/^sha256:[0-9a-f]{64}$/)),
    pullPolicy,
  }),
  imagePullSecrets: secretNames,
  namespaces: z.array(name),
  crds: z.strictObject({ install: z.boolean(), keep: z.boolean() }),
  rbac: z.strictObject({ create: z.boolean(), aggregateToUserRoles: z.boolean() }),
  serviceAccount: z.strictObject({ create: z.boolean(), name: orEmpty(name), annotations: map }),
  replicas: z.int().min(0).max(10),
  operator: z.strictObject({
    workers: z.int().min(1).max(64),
    maxChecks: z.int().min(1).max(1000),
    stuckPodSeconds: z.int().min(0).max(86_400),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  }),
  env: z.array(z.looseObject({ name: z.string().min(1) })),
  resources: z.strictObject({ requests: amounts.optional(), limits: amounts.optional() }),
  priorityClassName: z.string(),
  podLabels: map,
  podAnnotations: map,
  nodeSelector: map,
  tolerations: listAsInPod,
  affinity: asInPod,
  topologySpreadConstraints: listAsInPod,
  podDisruptionBudget: z.strictObject({ enabled: z.boolean() }),
  runner,
  metrics: z.strictObject({
    service: z.boolean(),
    port,
    labels: map,
    annotations: map,
    serviceMonitor: z.strictObject({
      enabled: z.boolean(),
      labels: map,
      interval: z.string().regex(/^([0-9]+(ms|[smhd]))+$/),
    }),
    rules: z.strictObject({
      enabled: z.boolean(),
      labels: map,
      alertLabels: map,
      noSuccessHours: z.int().min(0).max(8760),
    }),
    dashboard: z.strictObject({ enabled: z.boolean(), labels: map, annotations: map }),
  }),
  networkPolicy: z.strictObject({
    enabled: z.boolean(),
    metricsFrom: listAsInPod,
    apiServerPorts: z.array(port).min(1),
  }),
});

/** values.schema.json: `helm install` and `helm lint` check the values, filled up from values.yaml, against it. */
export function valuesSchema(): object {
  return withoutNotes(z.toJSONSchema(chartValues, { target: 'draft-7', io: 'input' })) as object;
}

/** Without the words of Kubernetes and of people: no validator of Helm's reads them. */
function withoutNotes(schema: unknown, inProperties = false): unknown {
  if (Array.isArray(schema)) return schema.map((item) => withoutNotes(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const isNote = (key: string) =>
    !inProperties && (key.startsWith('x-kubernetes-') || key === 'description' || key === 'propertyNames');
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !isNote(key))
      .map(([key, value]) => [key, withoutNotes(value, !inProperties && key === 'properties')]),
  );
}
