import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

// `npm run check`: types, lint and format, and whether what is generated fits its source. One line a step,
// the output of those that fail; exit code 1 if one does.

const root = dirname(import.meta.dirname);
const steps: { name: string; args: string[] }[] = [
  { name: 'types (tsc)', args: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  {
    name: 'lint and format (biome)',
    args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '--colors=off'],
  },
  { name: 'generated files in step (npm run generate makes them)', args: ['crds/generate.ts', '--check'] },
  {
    name: 'generated files of the chart in step (npm run generate)',
    args: ['charts/generate.ts', '--check'],
  },
  { name: 'tables of the docs in step (npm run generate)', args: ['scripts/docs/generate.ts', '--check'] },
];

let hasFailed = false;
for (const { name, args } of steps) {
  const { code, output } = await runNode(args);
  console.log(`${code === 0 ? '✓' : '✗'} ${name}`);
  if (code !== 0) {
    hasFailed = true;
    console.log(output.trimEnd().replace(/^(?=.)/gm, '    '));
  }
}
process.exitCode = hasFailed ? 1 : 0;

function runNode([file = '', ...args]: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, file), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
