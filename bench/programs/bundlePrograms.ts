import { join } from 'node:path';
import { build } from 'esbuild';

/** The programs that are measured, by file name. */
export const programs = ['backup', 'exceljsWorkbook', 'exportTable', 'exportTiny', 'uploadFile'] as const;
export type Program = (typeof programs)[number];

/** Bundles them into `directory` as NAME.cjs, the form in which the image has the runner: start-up is part of each figure. */
export async function bundlePrograms(directory: string): Promise<void> {
  await build({
    entryPoints: programs.map((name) => join(import.meta.dirname, `${name}.ts`)),
    outdir: directory,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    external: ['pg-native'],
    logLevel: 'error',
  });
}
