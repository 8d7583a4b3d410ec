import type { BackupSpec } from '../../crds/backupSpec.ts';
import { apiVersion } from '../../crds/databaseBackup.ts';
import type { Notice } from '../../crds/notice.ts';
import { type Backup, containerName, labels, operatorName, type Purpose } from './kinds.ts';
import type { RunnerDefaults } from './runnerDefaults.ts';
import { secretVolumes } from './secretVolumes.ts';

/** What a pod of ours is made from. */
export interface PodInput {
  readonly backup: Backup;
  readonly spec: BackupSpec;
  readonly defaults: RunnerDefaults;
  readonly purpose: Purpose;
  /** What a notify pod mails. */
  readonly notice?: Notice;
}

// A run of four formats peaks below 200 MiB (bench/README.md), pg_dump beside it included; more is room for large catalogs.
const runResources = {
  requests: { cpu: '250m', memory: '256Mi' },
  limits: { memory: '512Mi' },
};
const smallResources = {
  requests: { cpu: '50m', memory: '128Mi' },
  limits: { memory: '512Mi' },
};

/** A stopped runner needs up to 20 s to remove its unfinished files and to report. */
export const terminationGracePeriodSeconds = 30;

/** Labels of every Job and pod of a backup. Their values are short enough: a backup's name has at most 52 characters. */
export function ownLabels(backupName: string, purpose: Purpose): Record<string, string> {
  return {
    [labels.backup]: backupName,
    [labels.purpose]: purpose,
    [labels.managedBy]: operatorName,
  };
}

/** The pod of a run, a check or a notice: pod security `restricted`, no token of Kubernetes, Secrets as files. */
export function podTemplate(input: PodInput) {
  const { backup, spec, defaults, purpose } = input;
  const own = spec.runner ?? {};
  const secrets = secretVolumes(spec, { mailOnly: purpose === 'notify' });
  const disks = purpose === 'notify' ? { volumes: [], mounts: [] } : diskVolumes(spec, purpose);
  const claims = disks.volumes.some((volume) => 'persistentVolumeClaim' in volume);
  const resources = own.resources ?? defaults.resources;
  return {
    metadata: {
      labels: { ...own.podLabels, ...ownLabels(backup.metadata.name, purpose) },
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
      containers: [
        {
          name: containerName,
          image: own.image ?? defaults.image,
          imagePullPolicy: own.imagePullPolicy ?? defaults.imagePullPolicy ?? 'IfNotPresent',
          args: ['runner', purpose],
          env: environment(input),
          resources: resources ?? (purpose === 'run' ? runResources : smallResources),
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...secrets.mounts, ...disks.mounts],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }, ...secrets.volumes, ...disks.volumes],
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
function environment({ backup, spec, defaults, purpose, notice }: PodInput): readonly object[] {
  const { runner, ...rest } = spec;
  const { name, namespace, uid } = backup.metadata;
  const resource = {
    apiVersion,
    kind: 'DatabaseBackup',
    metadata: { name, namespace, uid },
    spec: rest,
  };
  const variables = [
    ...[...(defaults.env ?? []), ...(runner?.env ?? [])].filter(
      (variable) => purpose !== 'notify' || !('valueFrom' in variable),
    ),
    { name: 'DBBACKUP_RESOURCE', value: JSON.stringify(resource) },
    ...(notice ? [{ name: 'DBBACKUP_NOTICE', value: JSON.stringify(notice) }] : []),
    ...(spec.staging ? [{ name: 'DBBACKUP_STAGING', value: stagingDirectory }] : []),
  ];
  return [...new Map(variables.map((variable) => [String(variable.name), variable])).values()];
}

const stagingDirectory = '/staging';

/** The folder of the destination and the disk for staging. A check stages nothing. */
function diskVolumes({ destination, staging }: BackupSpec, purpose: Purpose) {
  const disks: { name: string; mountPath: string; volume: object }[] = [];
  const { directory } = destination;
  if (directory?.claimName !== undefined) {
    const volume = { persistentVolumeClaim: { claimName: directory.claimName } };
    disks.push({ name: 'destination', mountPath: directory.path, volume });
  }
  if (staging && purpose === 'run') {
    const volume =
      staging.claimName === undefined
        ? { emptyDir: { sizeLimit: staging.sizeLimit } }
        : { persistentVolumeClaim: { claimName: staging.claimName } };
    disks.push({ name: 'staging', mountPath: stagingDirectory, volume });
  }
  return {
    volumes: disks.map(({ name, volume }) => ({ name, ...volume })),
    mounts: disks.map(({ name, mountPath }) => ({ name, mountPath })),
  };
}
