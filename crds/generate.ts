import { stringify } from 'yaml';
import { writeGenerated } from '../scripts/writeGenerated.ts';
import { customResourceDefinition } from './customResourceDefinition.ts';
import { apiGroup } from './databaseBackup.ts';
import { reasonsPage } from './reasonsPage.ts';
import { resources } from './resources.ts';

const header = '# Made by `npm run generate` from the zod schemas in crds/. Do not edit.\n';

/** Every file that is generated from the schemas, by its path from the top; those of the chart: charts/generate.ts. */
const generated = new Map([
  ...resources.map(
    (resource) =>
      [
        `crds/${apiGroup}_${resource.plural}.yaml`,
        header +
          // kubectl reads YAML 1.1, where off is a boolean.
          stringify(customResourceDefinition(resource), {
            ...{ schema: 'yaml-1.1', lineWidth: 110, aliasDuplicateObjects: false },
          }),
      ] as const,
  ),
  ['docs/reasons.md', reasonsPage()] as const,
]);

writeGenerated(generated, process.argv);
