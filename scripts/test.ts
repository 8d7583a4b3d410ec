import { availableParallelism } from 'node:os';
import { shareCluster, wantsCluster } from './shareCluster.ts';
import { sharePostgres } from './sharePostgres.ts';
import { type FileResult, runTestFile } from './testFile.ts';
import { fileLine } from './testReport.ts';
import { conclude, inProject, stopSignal, testFiles } from './testRun.ts';

// `npm test [file or part of its path …]`: every *.test.ts but those of e2e/ in a process of its own, two at a time,
// with one PostgreSQL server for them all and one Kubernetes control plane for those named *.cluster.test.ts.

const signal = stopSignal();
const exclude = ['**/node_modules', '**/dist', '.git', '.sandbox', 'e2e'];
conclude(await testAll(testFiles('**/*.test.ts', exclude, process.argv.slice(2))), signal);

async function testAll(files: string[]): Promise<FileResult[]> {
  if (files.length === 0) return [];
  await using server = await sharePostgres();
  await using cluster = files.some(wantsCluster) ? await shareCluster(signal) : undefined;
  if (cluster) process.env.DBBACKUP_TEST_KUBERNETES = JSON.stringify(cluster.shared);
  const parts = [`Node ${process.versions.node}`, `PostgreSQL ${server.version} (${server.binaries.kind})`];
  if (cluster) parts.push(cluster.name);
  console.log(`${parts.join(', ')}, ${files.length} files`);
  return await runAll(files); // the servers live as long as this function
}

async function runAll(files: string[]): Promise<FileResult[]> {
  const results: FileResult[] = [];
  const waiting = [...files];
  const work = async () => {
    for (let file = waiting.shift(); file && !signal.aborted; file = waiting.shift()) {
      const result = await runTestFile(inProject(file), file, signal);
      results.push(result);
      console.log(fileLine(result));
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  return results.sort((a, b) => a.file.localeCompare(b.file));
}
