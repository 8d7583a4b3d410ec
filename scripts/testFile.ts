import type { EventData } from 'node:test';
import { run } from 'node:test';
import { inspect } from 'node:util';

/** What one test file came to. `passed`, `failed` and `skipped` count its leaves. */
export interface FileResult {
  file: string;
  passed: number;
  failed: { name: string; error: string }[];
  skipped: { name: string; reason: string }[];
  /** What the file itself wrote to stdout and stderr: its last 64 KiB. */
  output: string;
  milliseconds: number;
}

const fileTimeout = 20 * 60_000;
const outputLimit = 64 * 1024;

/** Runs one test file in a process of its own; `file` is its name in the result. */
export async function runTestFile(path: string, file: string, signal: AbortSignal): Promise<FileResult> {
  const result: FileResult = { file, passed: 0, failed: [], skipped: [], output: '', milliseconds: 0 };
  const start = performance.now();
  const open: Open = { names: [], parents: new Set() };
  for await (const { type, data } of run({
    files: [path],
    isolation: 'process',
    timeout: fileTimeout,
    signal,
  })) {
    if (type === 'test:start') open.names[data.nesting] = data.name;
    if (type === 'test:pass' || type === 'test:fail') count(result, path, open, type, data);
    if (
      type === 'test:diagnostic' &&
      !/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(data.message)
    ) {
      result.output += `${data.message}\n`;
    }
    if (type === 'test:stdout' || type === 'test:stderr') {
      result.output = (result.output + data.message).slice(-outputLimit);
    }
  }
  result.milliseconds = performance.now() - start;
  const total = result.passed + result.failed.length + result.skipped.length;
  if (total === 0) result.failed.push({ name: file, error: 'There is no test in this file.' });
  return result;
}

/** The path of names down to the test that runs, and the nestings whose test has shown a subtest. */
interface Open {
  names: string[];
  parents: Set<number>;
}

function count(
  result: FileResult,
  path: string,
  open: Open,
  type: 'test:pass' | 'test:fail',
  data: EventData.TestPass | EventData.TestFail,
): void {
  const { nesting } = data;
  const hadSubtests = open.parents.delete(nesting);
  if (nesting > 0) open.parents.add(nesting - 1);
  const name = [...open.names.slice(0, nesting), data.name].join(' › ');
  if (data.skip !== undefined || data.todo !== undefined) {
    const reason = [data.skip, data.todo].find((text) => typeof text === 'string' && text !== '');
    result.skipped.push({ name, reason: typeof reason === 'string' ? reason : 'no reason given' });
  } else if (type === 'test:fail') {
    const error = (data as EventData.TestFail).details.error as Error & { failureType?: string };
    // Its failed subtests are counted themselves.
    if (hadSubtests && error.failureType === 'subtestsFailed') return;
    result.failed.push({ name: data.name === path ? result.file : name, error: explain(error) });
  } else if (data.name === path) {
    result.failed.push({ name: result.file, error: 'There is no test in this file.' });
  } else if (!hadSubtests) {
    result.passed++;
  }
}

function explain(error: Error): string {
  const cause = error.cause ?? error;
  return typeof cause === 'string' ? cause : inspect(cause, { depth: 6, maxStringLength: 20_000 });
}
