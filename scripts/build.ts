import { build } from 'esbuild';

// dist/: the programs as single CommonJS files without dependencies, the form that starts fastest.

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
  logLevel: 'warning',
});
