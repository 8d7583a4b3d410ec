import { readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { customResourceDefinition } from './customResourceDefinition.ts';
import { apiGroup, databaseBackupResource } from './databaseBackup.ts';
import { databaseBackupRunResource } from './databaseBackupRun.ts';
import { reasonsPage } from './reasonsPage.ts';

const header = '# Made by `npm run generate` from the zod schemas in crds/. Do not edit.\n';

/** Every generated file of the project, by its path from the top. */
const generated = new Map([
  ...[databaseBackupResource, databaseBackupRunResource].map(
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

const top = new URL('../', import.meta.url);
const current = (path: string) => {
  try {
    return readFileSync(new URL(path, top), 'utf8');
  } catch {
    return undefined;
  }
};
const stale = [...generated].filter(([path, text]) => current(path) !== text);

if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is out of step: run npm run generate and commit it.`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) {
    writeFileSync(new URL(path, top), text);
    console.log(`wrote ${path}`);
  }
}
