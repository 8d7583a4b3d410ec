import { parseAllDocuments } from 'yaml';
import { markdownTable } from './filledPage.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Why the operator has each right: by resource, in the order of the page. */
const reasons: Readonly<Record<string, string>> = {
  databasebackups: 'What is wanted. It never changes a spec, and never deletes a backup.',
  'databasebackups/status': 'What is known, in `kubectl get` and `describe`.',
  'databasebackups/finalizers':
    'Owner references that block deletion, where the cluster asks for this right (OpenShift does). It sets no finalizer.',
  databaserestores: 'What is to be restored. It never changes, makes or deletes one.',
  'databaserestores/status': 'Phase, rows and target of a restore.',
  'databaserestores/finalizers': 'As for databasebackups, for the Job of a restore.',
  sheetsyncs: 'As for databasebackups: what is wanted.',
  'sheetsyncs/status': 'What is known, in `kubectl get` and `describe`.',
  'sheetsyncs/finalizers': 'As for databasebackups.',
  databasebackupruns:
    '`create`: the record of each run. `patch`: a request is tied to its backup. `delete`: records beyond `runHistoryLimit`.',
  'databasebackupruns/status': 'Phase, result and files of a run.',
  sheetsyncruns: 'As for databasebackupruns, of the runs of a sync.',
  'sheetsyncruns/status': 'Phase, rows and tabs of a run.',
  'cronjobs.batch':
    'One for each backup and each sync. `update` puts back one that somebody changed by hand, in one write of that very version.',
  'jobs.batch':
    '`create`: checks, runs on request, restores, mails. `patch`: marks a Job as recorded, so that it may go, and ends one whose pod cannot come up. `delete`: cancels a run whose record was deleted.',
  pods: 'How a runner ended: its report, its exit status, why it does not start. It never touches a pod.',
  'events.events.k8s.io': 'What `kubectl describe` shows; `patch` counts the same event up.',
  'leases.coordination.k8s.io': 'Which of several replicas acts. `get` and `update` for its own Lease alone.',
};

const ownGroup = 'dbbackup.dev';
const order = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'];

/** The table of the operator's rights. Throws if a right of operator/rbac/cluster.yaml has no reason, or a reason no right. */
export function rightsTable(clusterYaml: string): string {
  const rights = new Map<string, Set<string>>();
  for (const document of parseAllDocuments(clusterYaml)) {
    const { rules = [] } = document.toJS() as { rules?: Rule[] };
    for (const { apiGroups, resources, verbs } of rules) {
      for (const resource of resources) {
        for (const group of apiGroups) {
          const name = group === '' || group === ownGroup ? resource : `${resource}.${group}`;
          rights.set(name, new Set([...(rights.get(name) ?? []), ...verbs]));
        }
      }
    }
  }
  const given = [...rights.keys()].sort();
  const explained = Object.keys(reasons).sort();
  if (given.join() !== explained.join())
    throw new Error(`Rights (${given.join(', ')}) and reasons (${explained.join(', ')}) differ.`);
  const rows = Object.entries(reasons).map(([name, reason]) => {
    const verbs = [...(rights.get(name) ?? [])].sort((a, b) => order.indexOf(a) - order.indexOf(b));
    return [`\`${name}\``, verbs.join(', '), reason];
  });
  return markdownTable(['on', 'may', 'why'], rows);
}
