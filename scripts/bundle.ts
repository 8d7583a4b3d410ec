import { build, type Plugin } from 'esbuild';

/** zod brings its messages in some fifty languages, a fifth of the bundle; we use the English ones. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/**
 * Bundles programs (output name → TypeScript file) into `directory` as NAME.cjs: single CommonJS files without dependencies,
 * the form that starts fastest.
 */
export async function bundle(entryPoints: Record<string, string>, directory: string): Promise<void> {
  await build({
    entryPoints,
    outdir: directory,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    minify: true,
    legalComments: 'external',
    external: ['pg-native'],
    plugins: [englishOnly],
    logLevel: 'warning',
  });
}
