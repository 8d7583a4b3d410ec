import { readFileSync, writeFileSync } from 'node:fs';

const top = new URL('../', import.meta.url);

/**
 * Writes generated files, by their path from the top, where they differ; with `--check` among the arguments it only says which
 * do, with exit code 1.
 */
export function writeGenerated(generated: ReadonlyMap<string, string>, args: readonly string[]): void {
  const current = (path: string) => {
    try {
      return readFileSync(new URL(path, top), 'utf8');
    } catch {
      return undefined;
    }
  };
  const stale = [...generated].filter(([path, text]) => current(path) !== text);
  if (args.includes('--check')) {
    for (const [path] of stale) console.error(`${path} is out of step: run npm run generate and commit it.`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const [path, text] of stale) {
      writeFileSync(new URL(path, top), text);
      console.log(`wrote ${path}`);
    }
  }
}
