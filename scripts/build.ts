import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { billOfMaterials } from './billOfMaterials.ts';
import { bundle } from './bundle.ts';

// dist/, or the directory of the argument: dbbackup, the program of the image, and what it loads by the first words of its
// own arguments; and sbom.cdx.json, what they are made of.

const root = dirname(import.meta.dirname);
const programs = {
  dbbackup: 'cli/entry.ts',
  cli: 'cli/main.ts',
  operator: 'operator/main.ts',
  run: 'runner/pod/runMode.ts',
  check: 'runner/pod/checkMode.ts',
  notify: 'runner/pod/notifyMode.ts',
  restore: 'runner/pod/restoreMode.ts',
  drill: 'runner/pod/drillMode.ts',
  sync: 'runner/pod/syncMode.ts',
  age: 'runner/encryption/ageLibrary.ts',
};
const files = Object.entries(programs).map(([name, file]) => [name, join(root, file)]);
const directory = process.argv[2] ?? join(root, 'dist');
const { outputs } = await bundle(Object.fromEntries(files), directory);
// What was looked at and then left out is no part of them.
const sources = Object.values(outputs).flatMap(({ inputs }) =>
  Object.keys(inputs).filter((source) => (inputs[source]?.bytesInOutput ?? 0) > 0),
);
const bill = await billOfMaterials({ root, directory, sources });
await writeFile(join(directory, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
