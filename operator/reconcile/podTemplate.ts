import type { BackupSpec } from '../../crds/backupSpec.ts';
import type { KubernetesObject } from '../controller/kubernetesObject.ts';
import { containerName, labels, operatorName, ownerLabels, type Purpose } from './kinds.ts';
import type { RunnerDefaults } from './runnerDefaults.ts';
import { secretVolumes, type WantedSecret } from './secretVolumes.ts';

/** What a pod of ours is made from, whatever it is for. */
export interface PodInput {
  readonly purpose: Purpose;
  /** Those of `ownLabels`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly runner: BackupSpec['runner'];
  readonly defaults: RunnerDefaults;
  /** Environment of ours; it wins. */
  readonly variables: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly WantedSecret[];
  readonly disks: readonly Disk[];
  /** A container that runs beside the runner as long as it does. */
  readonly sidecar?: Sidecar;
}

export interface Sidecar {
  readonly container: object;
  /** Volumes of its own. */
  readonly volumes: readonly object[];
  /** What it shares with the runner. */
  readonly shared: readonly Disk[];
}

/** A volume that is no Secret, and where it is mounted. */
export interface Disk {
  readonly name: string;
  readonly mountPath: string;
  readonly volume: object;
}

// A run of four formats peaks below 200 MiB and a restore below 140 (bench/README.md), pg_dump or psql beside it included; more
// is room for large catalogs.
const workResources = {
  requests: { cpu: '250m', memory: '256Mi' },
  limits: { memory: '512Mi' },
};
const smallResources = {
  requests: { cpu: '50m', memory: '128Mi' },
  limits: { memory: '512Mi' },
};
const small: ReadonlySet<Purpose> = new Set<Purpose>(['check', 'notify']);

/** A stopped runner needs up to 20 s to remove its unfinished files and to report. */
export const terminationGracePeriodSeconds = 30;

/** Labels of every Job and pod of ours: whose it is, and what for. Their values are short enough: no name of an owner has more than 63 characters. */
export function ownLabels(
  { kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>,
  purpose: Purpose,
): Record<string, string> {
  const label = ownerLabels[kind];
  if (label === undefined) throw new Error(`Jobs of a ${kind} have no label.`);
  return {
    [label]: metadata.name,
    [labels.purpose]: purpose,
    [labels.managedBy]: operatorName,
  };
}

/** A pod of a Job of ours: pod security `restricted`, no token of Kubernetes, Secrets as files. */
export function podTemplate(input: PodInput) {
  const { defaults, purpose, sidecar } = input;
  const disks = [...input.disks, ...(sidecar?.shared ?? [])];
  const own = input.runner ?? {};
  const secrets = secretVolumes(input.secrets);
  const claims = disks.some(({ volume }) => 'persistentVolumeClaim' in volume);
  const resources = own.resources ?? defaults.resources;
  return {
    metadata: {
      labels: { ...own.podLabels, ...input.labels },
      ...(own.podAnnotations ? { annotations: own.podAnnotations } : {}),
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds,
      securityContext: {
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
        // Claims come with the group of the pod; Secrets are readable for everybody in it anyway.
        ...(claims ? { fsGroup: 65532, fsGroupChangePolicy: 'OnRootMismatch' } : {}),
      },
      ...scheduling(own, defaults),
      ...(sidecar ? { initContainers: [sidecar.container] } : {}),
      containers: [
        {
          name: containerName,
          image: own.image ?? defaults.image,
          imagePullPolicy: own.imagePullPolicy ?? defaults.imagePullPolicy ?? 'IfNotPresent',
          args: ['runner', purpose],
          env: environment(input),
          resources: resources ?? (small.has(purpose) ? smallResources : workResources),
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [
            { name: 'tmp', mountPath: '/tmp' },
            ...secrets.mounts,
            ...disks.map(({ name, mountPath }) => ({ name, mountPath })),
          ],
        },
      ],
      volumes: [
        { name: 'tmp', emptyDir: {} },
        ...secrets.volumes,
        ...disks.map(({ name, volume }) => ({ name, ...volume })),
        ...(sidecar?.volumes ?? []),
      ],
    },
  };
}

function scheduling(own: NonNullable<BackupSpec['runner']>, defaults: RunnerDefaults) {
  const names = [
    ...['nodeSelector', 'tolerations', 'affinity', 'priorityClassName'],
    ...['serviceAccountName', 'imagePullSecrets'],
  ] as (keyof typeof own & keyof RunnerDefaults)[];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = own[name] ?? defaults[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * Ours comes last and wins; a name stands once, since Kubernetes keeps env as a map by name. A notify pod goes without what
 * is taken from Secrets and ConfigMaps: one that is missing may be the very failure that it has to tell of.
 */
function environment({ runner, defaults, purpose, variables }: PodInput): readonly object[] {
  const given = [...(defaults.env ?? []), ...(runner?.env ?? [])].filter(
    (variable) => purpose !== 'notify' || !('valueFrom' in variable),
  );
  const own = variables.map(({ name, value }) => ({ name, value: verbatim(value) }));
  return [...new Map([...given, ...own].map((one) => [String(one.name), one])).values()];
}

// The kubelet takes $$ for $, and $(NAME) for a variable: what the spec says must arrive as it is.
// https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
function verbatim(value: string): string {
  return value.replaceAll('$', '$$$$');
}
