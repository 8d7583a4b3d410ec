import { dirname, join } from 'node:path';
import { bundle } from './bundle.ts';

// dist/, or the directory of the argument: dbbackup, the program of the image, and what it loads by the first words of its
// own arguments.

const root = dirname(import.meta.dirname);
const programs = {
  dbbackup: 'cli/entry.ts',
  cli: 'cli/main.ts',
  operator: 'operator/main.ts',
  run: 'runner/pod/runMode.ts',
  check: 'runner/pod/checkMode.ts',
  notify: 'runner/pod/notifyMode.ts',
};
const files = Object.entries(programs).map(([name, file]) => [name, join(root, file)]);
await bundle(Object.fromEntries(files), process.argv[2] ?? join(root, 'dist'));
