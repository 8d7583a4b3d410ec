import { optionTexts } from '../../operator/config.ts';
import { runtimeMetrics } from '../../operator/controller/metrics.ts';
import { Store } from '../../operator/controller/store.ts';
import { backupMetrics } from '../../operator/reconcile/backupMetrics.ts';
import { restoreMetrics } from '../../operator/reconcile/restoreMetrics.ts';
import { syncMetrics } from '../../operator/reconcile/syncMetrics.ts';
import { markdownTable } from './filledPage.ts';

/** The options of `dbbackup operator`. */
export function optionsTable(): string {
  const rows = optionTexts().map(({ flag, variable, meaning, default: value }) => [
    `\`${flag}\``,
    `\`${variable}\``,
    value === undefined ? '' : /\s/.test(value) ? value : `\`${value}\``,
    meaning,
  ]);
  return markdownTable(['flag', 'variable', 'default', 'meaning'], rows);
}

/** The metrics that the operator serves; those of backups, syncs and restores in one table, those of the program in another. */
export function metricsTables(): { backups: string; program: string } {
  const { registry } = runtimeMetrics();
  const context = { nextRun: () => undefined, isLeader: () => true };
  backupMetrics(registry, new Store({ onHandlerError: () => {} }), context);
  syncMetrics(registry, new Store({ onHandlerError: () => {} }), context);
  restoreMetrics(registry, new Store({ onHandlerError: () => {} }), { isLeader: () => true });
  const all = registry.getMetricsAsArray() as unknown as MetricFacts[];
  const table = (isWanted: (name: string) => boolean) =>
    markdownTable(
      ['metric', 'labels', 'meaning'],
      all
        .filter(({ name }) => isWanted(name))
        .map(({ name, labelNames, help }) => [
          `\`${name}\``,
          labelNames.map((label) => `\`${label}\``).join(', '),
          help.replaceAll('<', '&lt;'),
        ]),
    );
  const isOfBackup = (name: string) => name.startsWith('dbbackup_');
  return { backups: table(isOfBackup), program: table((name) => !isOfBackup(name)) };
}

/** What prom-client's metrics have beyond their types. */
interface MetricFacts {
  name: string;
  help: string;
  labelNames: string[];
}
