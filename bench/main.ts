import { machine } from './machine.ts';
import { type BenchOptions, benchOptions, fullRows } from './options.ts';
import { pairs } from './pairs.ts';
import { peer } from './peers.ts';
import { keepResults, type PairResult, textTable } from './results.ts';
import { workbench } from './workbench.ts';

// `npm run bench [-- NAME …] [--rows N] [--runs N]`: measures pairs and prints them as a table. At full size (2,000,000 rows)
// the results go into README.md. Exit status 1 if a limit is exceeded, 2 if the command line is wrong.

const names = pairs.map(({ name }) => name);
const options = commandLine();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

const results = await measureAll();
const rows = results.flatMap((result) => result.rows);
console.log(`\n${textTable(rows)}\n`);
if (options.rows === fullRows) {
  await keepResults(results, names);
  console.log('Written into bench/README.md.');
} else {
  console.log(`Not kept: the limits are stated for --rows ${fullRows}.`);
}
process.exitCode = rows.some(({ ok }) => ok === false) ? 1 : 0;

async function measureAll(): Promise<PairResult[]> {
  // Before anything looks for its programs.
  peer('postgres');
  await using bench = await workbench(options, stop.signal);
  const facts = machine(bench.server.version);
  const date = new Date().toISOString().slice(0, 10);
  const measured: PairResult[] = [];
  for (const pair of pairs) {
    if (options.names.length > 0 && !options.names.includes(pair.name)) continue;
    const runs = pair.runs ?? options.runs;
    console.log(`\n${pair.name}: ${runs === 1 ? 'one run' : `${runs} runs`} of each side …`);
    const found = await pair.run(bench);
    console.log(textTable(found));
    measured.push({ name: pair.name, date, runs, machine: facts, rows: found });
  }
  return measured;
}

function commandLine(): BenchOptions {
  try {
    return benchOptions(process.argv.slice(2), names);
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: npm run bench [-- NAME …] [--rows N] [--runs N]`);
    process.exit(2);
  }
}
