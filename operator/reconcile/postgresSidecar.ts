import { type DrillSpec, drillSocketDirectory } from '../../crds/drillSpec.ts';
import { sidecarName } from './kinds.ts';
import type { Sidecar } from './podTemplate.ts';

const dataDirectory = '/var/lib/dbbackup-drill';

/**
 * Makes a cluster and runs it. Nothing of it outlives the pod, so nothing waits for the disk; nobody but the containers
 * of the pod reaches the socket, so there is no password. The official images and those of Debian and CloudNativePG
 * have their programs in one of these folders.
 */
const script = `set -eu
PATH="$PATH:/usr/lib/postgresql/\${PG_MAJOR:-none}/bin:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)"
initdb --pgdata="$PGDATA" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
exec postgres -c listen_addresses= -c unix_socket_directories=${drillSocketDirectory} -c unix_socket_permissions=0777 \\
  -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 \\
  -c max_wal_size=2GB -c autovacuum=off -c dynamic_shared_memory_type=mmap \\
  -c max_connections=20 -c max_locks_per_transaction=1024
`;

const usualResources = { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } };

/**
 * The PostgreSQL of an ephemeral drill: a sidecar, which Kubernetes (1.29 and later) ends when the runner has ended, so that
 * the Job is complete. It fits the pod security standard `restricted`.
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
export function postgresSidecar({
  image,
  runAsUser,
  resources,
  storage,
}: NonNullable<DrillSpec['ephemeral']>): Sidecar {
  const socket = { name: 'drill-socket', mountPath: drillSocketDirectory, volume: { emptyDir: {} } };
  const medium = storage.medium === 'Memory' ? { medium: 'Memory' } : {};
  return {
    container: {
      name: sidecarName,
      image,
      restartPolicy: 'Always',
      command: ['/bin/sh', '-c', script],
      env: [
        { name: 'PGDATA', value: `${dataDirectory}/data` },
        { name: 'LC_ALL', value: 'C.UTF-8' },
      ],
      resources: resources ?? usualResources,
      securityContext: {
        runAsUser,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      volumeMounts: [
        { name: 'drill-data', mountPath: dataDirectory },
        { name: socket.name, mountPath: socket.mountPath },
        { name: 'drill-tmp', mountPath: '/tmp' },
      ],
    },
    volumes: [
      { name: 'drill-data', emptyDir: { sizeLimit: storage.sizeLimit, ...medium } },
      { name: 'drill-tmp', emptyDir: {} },
    ],
    shared: [socket],
  };
}
