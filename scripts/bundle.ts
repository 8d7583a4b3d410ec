import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

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
 * @kubernetes/client-node does nothing when it is loaded, and does not say so: its models of every kind of Kubernetes, of
 * which we use none, would be a fifth of the operator and 6 MiB of its memory.
 */
const onlyWhatIsUsed: Plugin = {
  name: 'only-what-is-used',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      const isInside = /[\\/]@kubernetes[\\/]client-node[\\/]/.test(from.importer) && path.startsWith('.');
      if (pluginData === 'resolved' || (path !== '@kubernetes/client-node' && !isInside)) return undefined;
      return { ...(await resolve(path, { ...from, pluginData: 'resolved' })), sideEffects: false };
    });
  },
};

/**
 * A program that another one loads stays a file of its own. In one file each would cost the others: its bytes are read, and
 * modules that two of them share could not be merged.
 */
const programsApart = (entryPoints: Record<string, string>): Plugin => ({
  name: 'programs-apart',
  setup({ onResolve }) {
    const names = new Map(Object.entries(entryPoints).map(([name, file]) => [file, name]));
    onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
      const name = kind === 'dynamic-import' ? names.get(join(resolveDir, path)) : undefined;
      return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
    });
  },
});

/**
 * Bundles programs (output name → TypeScript file) into `directory` as NAME.cjs: single CommonJS files without dependencies,
 * the form that starts fastest. Gives what each was made from.
 */
export async function bundle(entryPoints: Record<string, string>, directory: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints,
    metafile: true,
    outdir: directory,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    minify: true,
    legalComments: 'external',
    external: ['pg-native'],
    // By require(): a file that is imported wakes the loader of ES modules.
    supported: { 'dynamic-import': false },
    plugins: [englishOnly, onlyWhatIsUsed, programsApart(entryPoints)],
    logLevel: 'warning',
  });
  return metafile;
}
