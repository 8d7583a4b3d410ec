import { valuesTable } from './valuesTable.ts';

/** docs/chart.md. */
export function chartPage(valuesYaml: string): string {
  return `<!-- Made by \`npm run generate\` from charts/chartPage.ts and charts/database-backup-operator/values.yaml. Do not edit. -->
# The Helm chart
\`\`\`sh
helm install dbbackup charts/database-backup-operator -n database-backup-system --create-namespace \\
  --set image.repository=registry.example.com/database-backup-operator
helm test dbbackup -n database-backup-system      # CRDs served, rights there, a replica acts
\`\`\`
What it prints then leads to the first backup. Kubernetes 1.31 or newer; tried with Helm 4.2 and Kubernetes 1.36.

**The CRDs** are templates of the chart and are upgraded with it. They stay when the release is uninstalled (\`crds.keep\`), and the backups and syncs with them: CronJobs go on firing, and a release that is installed anew under the same name takes everything over. CRDs that somebody applied by hand do not belong to a release: install with \`--take-ownership\` once, or with \`crds.install=false\`. Before CRDs go, by \`crds.keep=false\` or by hand, delete the backups and syncs ([how](installation.md#remove)): a CronJob whose owner's kind is gone is never removed, and goes on firing.

**Some namespaces only** (\`namespaces\`): Roles in these in place of the ClusterRole. CRDs and the roles for people are still for the whole cluster; the person who may not make those sets \`crds.install\` and \`rbac.aggregateToUserRoles\` to false. Two releases must not look after the same namespace.

**Several replicas** agree by a Lease on the one that acts; the others are warm. A PodDisruptionBudget (\`podDisruptionBudget.enabled\`) keeps a drain from taking both.

**Alerts** (\`metrics.rules.enabled\`, for the Prometheus operator):
| alert | severity | when |
|---|---|---|
| DatabaseBackupFailed | warning | the last run failed |
| DatabaseBackupStale | critical | two scheduled times in a row passed without a success |
| DatabaseBackupMissed | warning | a scheduled time passed without a run |
| DatabaseBackupTokenDying | critical | a check found that Google no longer takes the token, before the next run does |
| DatabaseBackupNotReady | warning | a check fails otherwise, or the CronJob can't be set up, for half an hour |
| DatabaseBackupNoRecentSuccess | critical | a scheduled backup had no success for \`metrics.rules.noSuccessHours\` |
| DatabaseBackupNeverSucceeded | critical | it has had a schedule for that long, and no success at all |
| DatabaseBackupDrillFailed | warning | the last [drill](drill.md) failed |
| DatabaseBackupDrillOverdue | warning | no drill succeeded for two scheduled times, or for \`maxAgeDays\` |
| SheetSyncFailed | info | the last run failed |
| SheetSyncStale | warning | two scheduled times in a row passed without a success |
| SheetSyncMissed | info | a scheduled time passed without a run |
| SheetSyncTokenDying | warning | a check found that Google no longer takes the token |
| SheetSyncNotReady | warning | a check fails otherwise, or the CronJob can't be set up, for half an hour |
| DatabaseBackupOperatorDown | critical | no replica has acted for ten minutes |

Those of a [sync](sheets.md) ask for less haste, since nothing is lost meanwhile; hours are not counted for it, since many rest over the weekend.

A Prometheus without that operator needs \`honor_labels: true\` for the scrape: the label \`namespace\` is that of the backup or sync.

## Values
\`helm install\` refuses values that are not in this table.

${valuesTable(valuesYaml)}
`;
}
