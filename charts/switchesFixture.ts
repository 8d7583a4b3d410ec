import type { Values } from './chartFixture.ts';

/** Every switch of the chart turned to its other side, and every list and map filled, by name. */
export const switches: Readonly<Record<string, Values>> = {
  'as it is': {},
  'other names': { fullnameOverride: 'backups', nameOverride: 'dbb' },
  'an image of a registry': {
    image: { repository: 'registry.example.com:5000/tools/dbbackup', tag: '1.2.3', pullPolicy: 'Always' },
    imagePullSecrets: [{ name: 'registry' }],
  },
  'a pinned image': { image: { repository: 'example.com/dbbackup', digest: `sha256:${'0a'.repeat(32)}` } },
  'some namespaces': { namespaces: ['default', 'kube-public'] },
  'without CRDs': { crds: { install: false } },
  'CRDs that go': { crds: { keep: false } },
  "rights of one's own": { rbac: { create: false, aggregateToUserRoles: false } },
  "an account of one's own": { serviceAccount: { create: false, name: 'mine' } },
  'an account with annotations': { serviceAccount: { name: 'mine', annotations: { 'example.com/a': 'b' } } },
  'two replicas': {
    replicas: 2,
    podDisruptionBudget: { enabled: true },
    priorityClassName: 'system-cluster-critical',
  },
  'options of the operator': {
    operator: { workers: 8, maxChecks: 2, stuckPodSeconds: 0, logLevel: 'debug' },
    env: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ssl/ca.crt' }],
    resources: { requests: { cpu: '100m' }, limits: { memory: '1Gi' } },
  },
  'a place for the operator': {
    podLabels: { team: 'platform' },
    podAnnotations: { 'example.com/a': 'b' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'control-plane', operator: 'Exists', effect: 'NoSchedule' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
        },
      },
    },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
    ],
  },
  'defaults of runners': {
    runner: {
      image: 'example.com/runner:1',
      imagePullPolicy: 'Always',
      imagePullSecrets: [{ name: 'registry' }],
      resources: { requests: { cpu: '1', memory: '256Mi' }, limits: { memory: '1Gi' } },
      env: [
        { name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' },
        { name: 'NO_PROXY', valueFrom: { configMapKeyRef: { name: 'proxy', key: 'no', optional: true } } },
        { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ssl/certs/company.pem' },
      ],
      nodeSelector: { pool: 'batch' },
      tolerations: [{ key: 'batch', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }],
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 1,
              preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
            },
          ],
        },
      },
      priorityClassName: 'batch',
      serviceAccountName: 'backup',
    },
  },
  'no metrics': { metrics: { service: false } },
  'all of monitoring': {
    metrics: {
      port: 9090,
      labels: { team: 'platform' },
      annotations: { 'prometheus.io/scrape': 'true' },
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, interval: '1m' },
      rules: {
        enabled: true,
        labels: { release: 'prometheus' },
        alertLabels: { team: 'db' },
        noSuccessHours: 0,
      },
      dashboard: {
        enabled: true,
        labels: { grafana_dashboard: 'yes' },
        annotations: { folder: 'databases' },
      },
    },
  },
  'a network policy': { networkPolicy: { enabled: true } },
  'a strict network policy': {
    networkPolicy: {
      enabled: true,
      metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      apiServerPorts: [16443],
    },
  },
};
