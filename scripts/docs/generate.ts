import { readFileSync } from 'node:fs';
import { writeGenerated } from '../writeGenerated.ts';
import { filledPage } from './filledPage.ts';
import { metricsTables, optionsTable } from './operatorTables.ts';
import { rightsTable } from './rightsTable.ts';

// The tables within pages that people write: docs/operator.md and docs/rbac.md.

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { backups, program } = metricsTables();

writeGenerated(
  new Map([
    [
      'docs/operator.md',
      filledPage(read('docs/operator.md'), { options: optionsTable(), metrics: backups, program }),
    ],
    [
      'docs/rbac.md',
      filledPage(read('docs/rbac.md'), { rights: rightsTable(read('operator/rbac/cluster.yaml')) }),
    ],
  ]),
  process.argv,
);
