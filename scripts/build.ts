import { dirname, join } from 'node:path';
import { bundle } from './bundle.ts';

// dist/: the programs of the image.

const root = dirname(import.meta.dirname);
await bundle({ runner: join(root, 'runner', 'main.ts') }, join(root, 'dist'));
