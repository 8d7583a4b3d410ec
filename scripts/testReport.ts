import type { FileResult } from './testFile.ts';

/** How many leaf tests passed, failed and were skipped in all. */
export function summary(results: FileResult[]): { passed: number; failed: number; skipped: number } {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const result of results) {
    total.passed += result.passed;
    total.failed += result.failed.length;
    total.skipped += result.skipped.length;
  }
  return total;
}

/** One line about a file: ✓ or ✗, its counts, its seconds. */
export function fileLine({ file, passed, failed, skipped, milliseconds }: FileResult): string {
  const counts = [
    passed > 0 ? `${passed} passed` : '',
    failed.length > 0 ? `${failed.length} failed` : '',
    skipped.length > 0 ? `${skipped.length} skipped` : '',
  ];
  const mark = failed.length > 0 ? '✗' : '✓';
  return `${mark} ${file}  ${counts.filter(Boolean).join(', ')}  ${(milliseconds / 1000).toFixed(1)} s`;
}

/** Every failure in full with what its file wrote; empty if there is none. */
export function failures(results: FileResult[]): string {
  const parts = results.flatMap(({ file, failed, output }) => {
    if (failed.length === 0) return [];
    const tests = failed.map(({ name, error }) => `✗ ${file}: ${name}\n${indent(error)}`);
    return output.trim() ? [...tests, `  what ${file} wrote:\n${indent(output.trim())}`] : tests;
  });
  return parts.join('\n\n');
}

/** One line for each test that was skipped, with its reason, or for those of one reason; empty if there is none. */
export function skips(results: FileResult[]): string {
  const skipped = results.flatMap(({ file, skipped }) => skipped.map((test) => ({ file, ...test })));
  const lines: string[] = [];
  for (const [reason, tests] of Map.groupBy(skipped, ({ reason }) => reason)) {
    const files = [...new Set(tests.map(({ file }) => file))];
    const [first, second] = tests;
    if (first && !second) lines.push(`- skipped ${first.file}: ${first.name}: ${reason}`);
    else lines.push(`- skipped ${tests.length} tests of ${files.join(', ')}: ${reason}`);
  }
  return lines.join('\n');
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}
