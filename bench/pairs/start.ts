import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BackupSpecInput } from '../../crds/backupSpec.ts';
import { alternate } from '../alternate.ts';
import { benchBackup } from '../backupInput.ts';
import { googleProcess } from '../googleProcess.ts';
import { type Measured, measure } from '../measure.ts';
import type { Pair } from '../pair.ts';
import { type QueryRelay, queryRelay } from '../queryRelay.ts';
import { type Row, ratioRow } from '../row.ts';
import type { Workbench } from '../workbench.ts';

const root = dirname(dirname(import.meta.dirname));
const limit = 4;
/** A start is short and noisy, so there are more of them. */
const startsEachRun = 7;

/**
 * The bundled runner as a pod starts it, until its first query reaches the server, against `node -e 0` from start to end.
 * Before that query it has looked at its destination: a folder, and in the second row (without a limit) the fake Google.
 */
export const start: Pair = {
  name: 'start',
  async run(bench) {
    await measure(process.execPath, [join(root, 'scripts', 'build.ts')], { signal: bench.signal });
    await using relay = await queryRelay(bench.server);
    const directory = await bench.folder('destination');
    const secrets = await bench.folder('secrets');
    const { user, password } = bench.server;
    await mkdir(join(secrets, 'db'));
    await writeFile(
      join(secrets, 'db', 'uri'),
      `postgresql://${user}:${password}@127.0.0.1:${relay.port}/postgres`,
    );
    await using google = await googleProcess(bench, false);
    await mkdir(join(secrets, 'drive-oauth'));
    await writeFile(join(secrets, 'drive-oauth', 'token.json'), JSON.stringify(google.credentials));
    const drive = { folderID: google.folderID, credentialsSecretRef: { name: 'drive-oauth' } };
    const row = (work: string, destination: BackupSpecInput['destination']) =>
      against(bench, work, () => firstQuery(bench, relay, secrets, destination, google.url));
    const toFolder = await row('runner until its first query, folder', { directory: { path: directory } });
    const toDrive = await row('runner until its first query, Drive', { googleDrive: drive });
    return [toFolder, { ...toDrive, limit: '–', ok: undefined }];
  },
};

async function against(bench: Workbench, work: string, ours: () => Promise<Measured>): Promise<Row> {
  // The first start fills the compile cache.
  await ours();
  const runs = await alternate(bench.options.runs * startsEachRun, {
    ours,
    peer: () => measure(process.execPath, ['-e', '0'], { env: bench.environment, signal: bench.signal }),
  });
  return ratioRow(work, limit, withoutMemory(runs), 'node -e 0');
}

async function firstQuery(
  bench: Workbench,
  relay: QueryRelay,
  secrets: string,
  destination: BackupSpecInput['destination'],
  googleURL: string,
): Promise<Measured> {
  const env = {
    ...bench.environment,
    DBBACKUP_RESOURCE: JSON.stringify(benchBackup({ destination })),
    DBBACKUP_SECRETS: secrets,
    DBBACKUP_TERMINATION_LOG: join(secrets, 'termination-log'),
    DBBACKUP_GOOGLE_URL: googleURL,
  };
  const reached = relay.nextFirstQuery();
  const started = performance.now();
  const child = spawn(process.execPath, [join(root, 'dist', 'dbbackup.cjs'), 'runner', 'run'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    signal: bench.signal,
  });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = once(child, 'close');
  ended.catch(() => {});
  const at = await Promise.race([reached, ended.then(() => undefined)]);
  if (at === undefined) throw new Error(`the runner ended before its first query: ${log.slice(-1000)}`);
  // It would fail now anyway (there are no tables); the compile cache is written when it ends by itself.
  await ended;
  return { seconds: (at - started) / 1000, peakBytes: undefined, childrenBytes: 0, output: '' };
}

function withoutMemory(runs: { ours: Measured[]; peer: Measured[] }): { ours: Measured[]; peer: Measured[] } {
  const strip = (run: Measured) => ({ ...run, peakBytes: undefined });
  return { ours: runs.ours.map(strip), peer: runs.peer.map(strip) };
}
