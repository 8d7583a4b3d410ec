import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileResult } from './testFile.ts';
import { failures, skips, summary } from './testReport.ts';

/** The top of the project. */
export const root = dirname(import.meta.dirname);

/** Aborts when we are told to end. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stopping.abort(new Error(`ended by ${signal}`)));
  }
  return stopping.signal;
}

/** The files of a pattern, but for those of `exclude`, whose path contains a part of the selection, or all. */
export function testFiles(pattern: string, exclude: string[], selection: readonly string[]): string[] {
  const files = globSync(pattern, { cwd: root, exclude }).sort();
  const parts = selection.map((part) => part.replace(/^\.\//, ''));
  if (parts.length === 0) return files;
  const chosen = files.filter((file) => parts.some((part) => file.includes(part)));
  if (chosen.length === 0) console.log(`No test file matches ${selection.join(' ')}.`);
  return chosen;
}

/**
 * Prints what failed and was skipped, then `N passed, N failed, N skipped`, and sets the exit code: 1 if something
 * failed, nothing passed though something should, or something was skipped where CI=true says that nothing is missing.
 */
export function conclude(results: FileResult[], signal: AbortSignal, mayAllBeSkipped = false): void {
  const { passed, failed, skipped } = summary(results);
  const isComplete = skipped === 0 || process.env.CI !== 'true';
  for (const text of [failures(results), skips(results)]) if (text) console.log(`\n${text}`);
  if (!isComplete) console.log('\nWith CI=true nothing may be skipped: install what the lines above name.');
  if (signal.aborted) console.log(`\nNot all tests ran: ${signal.reason.message}.`);
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  const isEmpty = passed === 0 && !(mayAllBeSkipped && skipped > 0);
  process.exitCode = failed > 0 || isEmpty || !isComplete || signal.aborted ? 1 : 0;
}

/** The absolute path of a file of the project. */
export function inProject(file: string): string {
  return join(root, file);
}
