import { join } from 'node:path';
import { bundle } from '../../scripts/bundle.ts';

/** The programs that are measured, by file name. */
export const programs = [
  'backup',
  'encryptFile',
  'exceljsWorkbook',
  'exportTable',
  'exportTiny',
  'restore',
  'sync',
  'uploadFile',
] as const;
export type Program = (typeof programs)[number];

/** Bundles them into `directory` as NAME.cjs, just as the image has the runner: start-up is part of each figure. */
export async function bundlePrograms(directory: string): Promise<void> {
  const files = programs.map((name) => [name, join(import.meta.dirname, `${name}.ts`)]);
  await bundle(Object.fromEntries(files), directory);
}
