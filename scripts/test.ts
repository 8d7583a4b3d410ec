import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { PostgresAddress } from '../sandbox/postgres/access.ts';
import { startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { shareCluster, wantsCluster } from './shareCluster.ts';
import { type FileResult, runTestFile } from './testFile.ts';
import { failures, fileLine, skips, summary } from './testReport.ts';

// `npm test [file or part of its path …]`: every *.test.ts in a process of its own, two at a time, with one
// PostgreSQL server for them all and one Kubernetes control plane for those named *.cluster.test.ts. The last line is `N passed, N failed, N skipped`. Exit code 1: something
// failed, there was no test at all, or something was skipped where CI=true says that nothing is missing.

const root = dirname(import.meta.dirname);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => stopping.abort(new Error(`ended by ${signal}`)));
}

const results = await testAll(process.argv.slice(2));
const { passed, failed, skipped } = summary(results);
const isComplete = skipped === 0 || process.env.CI !== 'true';
for (const text of [failures(results), skips(results)]) if (text) console.log(`\n${text}`);
if (!isComplete) console.log('\nWith CI=true nothing may be skipped: install what the lines above name.');
if (stopping.signal.aborted) console.log(`\nNot all tests ran: ${stopping.signal.reason.message}.`);
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 || !isComplete || stopping.signal.aborted ? 1 : 0;

async function testAll(selection: string[]): Promise<FileResult[]> {
  const files = testFiles(selection);
  if (files.length === 0) {
    console.log(selection.length ? `No test file matches ${selection.join(' ')}.` : 'There is no test file.');
    return [];
  }
  await using server = await startPostgres();
  const { uri, host, port, user, password, socketDirectory, version, major } = server;
  const address: PostgresAddress = { uri, host, port, user, password, socketDirectory, version, major };
  process.env.DBBACKUP_TEST_POSTGRES = JSON.stringify(address);
  await using cluster = files.some(wantsCluster) ? await shareCluster(stopping.signal) : undefined;
  if (cluster) process.env.DBBACKUP_TEST_KUBERNETES = JSON.stringify(cluster.shared);
  const parts = [`Node ${process.versions.node}`, `PostgreSQL ${server.version} (${server.binaries.kind})`];
  if (cluster) parts.push(cluster.name);
  console.log(`${parts.join(', ')}, ${files.length} files`);
  return await runAll(files); // the servers live as long as this function
}

function testFiles(selection: string[]): string[] {
  const exclude = ['**/node_modules', '**/dist', '.git', '.sandbox'];
  const files = globSync('**/*.test.ts', { cwd: root, exclude }).sort();
  const parts = selection.map((part) => part.replace(/^\.\//, ''));
  return parts.length ? files.filter((file) => parts.some((part) => file.includes(part))) : files;
}

async function runAll(files: string[]): Promise<FileResult[]> {
  const results: FileResult[] = [];
  const waiting = [...files];
  const work = async () => {
    for (let file = waiting.shift(); file && !stopping.signal.aborted; file = waiting.shift()) {
      const result = await runTestFile(join(root, file), file, stopping.signal);
      results.push(result);
      console.log(fileLine(result));
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  return results.sort((a, b) => a.file.localeCompare(b.file));
}
