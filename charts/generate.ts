import { resources } from '../crds/resources.ts';
import { writeGenerated } from '../scripts/writeGenerated.ts';
import { chartPath, projectFile } from './chartFiles.ts';
import { chartPage } from './chartPage.ts';
import { crdTemplate } from './crdTemplate.ts';
import { dashboard } from './dashboard.ts';
import { rulesTemplate } from './rulesTemplate.ts';
import { valuesSchema } from './valuesSchema.ts';

// The generated files of the chart; crds/generate.ts goes first.

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
const crds = resources.map(
  ({ plural }) =>
    [
      `${chartPath}/templates/crds/${plural}.yaml`,
      crdTemplate(projectFile(`crds/dbbackup.dev_${plural}.yaml`)),
    ] as const,
);

writeGenerated(
  new Map([
    ...crds,
    [`${chartPath}/templates/_rules.tpl`, rulesTemplate(projectFile('operator/rbac/cluster.yaml'))],
    [`${chartPath}/values.schema.json`, json(valuesSchema())],
    [`${chartPath}/files/dashboard.json`, json(dashboard())],
    ['docs/chart.md', chartPage(projectFile(`${chartPath}/values.yaml`))],
  ]),
  process.argv,
);
