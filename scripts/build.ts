import { build, type Plugin } from 'esbuild';

// dist/: the programs as single CommonJS files without dependencies, the form that starts fastest.

/** zod brings its messages in some fifty languages, a fifth of the bundle; we use the English ones. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

await build({
  entryPoints: { runner: 'runner/main.ts' },
  outdir: 'dist',
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
