import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backupYaml } from './backupYaml.ts';
import { createDemoData } from './demoData/createDemoData.ts';
import { startFakeGoogle } from './google/fakeGoogle.ts';
import { kubernetesBinaries } from './kubernetes/binaries.ts';
import { startPlayground } from './kubernetes/startPlayground.ts';
import { KubernetesUnavailable } from './kubernetes/unavailable.ts';
import { writeOwnFile } from './ownFile.ts';
import { findProgram } from './postgres/findProgram.ts';
import { startPostgres } from './postgres/startPostgres.ts';
import { type SandboxParts, sandboxJSON, sandboxText } from './sandboxText.ts';
import { startMailbox } from './smtp/startMailbox.ts';
import { syncYaml } from './syncYaml.ts';

// `npm run sandbox`: PostgreSQL with the demo's shop, the fake Google and a mailbox, with --kubernetes a cluster in which
// the operator runs; up until SIGINT or SIGTERM. Says what to use as a text for people, with --json as one line for
// programs. A backup that fits is written to .sandbox/backup.yaml, or to --file FILE; what else people need, a sync for
// one, beside it.

const { asJSON, yamlFile, withKubernetes } = commandLine();
const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.abort());
if (withKubernetes) await findKubernetes();
if (!asJSON) {
  const more = withKubernetes ? 'PostgreSQL, the fake Google, the mailbox and Kubernetes' : undefined;
  console.log(`Starting ${more ?? 'PostgreSQL, the fake Google and the mailbox'} …`);
}

await using stack = new AsyncDisposableStack();
const directory = await mkdtemp(join(tmpdir(), 'dbbackup-sandbox-'));
stack.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
const server = stack.use(await startPostgres());
const google = stack.use(await startFakeGoogle({ directory }));
const mailbox = stack.use(await startMailbox());
const uri = await server.createDatabase('shop');
await createDemoData(uri, { seed: 1 });

const hasPgDump = (findProgram('pg_dump')?.major ?? 0) >= server.major;
const formats = ['csv', 'xlsx', 'json', ...(hasPgDump ? ['sql'] : [])];
const folder = dirname(yamlFile);
await mkdir(folder, { recursive: true });
const namespace = 'shop';
const world = { postgres: { uri }, google, smtp: mailbox, namespace };
stack.use(await writeOwnFile(yamlFile, backupYaml({ ...world, spec: { formats } })));
const spreadsheetID = google.createSpreadsheet('Shop');
const syncFile = stack.use(
  await writeOwnFile(join(folder, 'sync.yaml'), syncYaml({ ...world, spreadsheetID })),
);
// As the Google Cloud console gives it for a desktop app, for `dbbackup auth login`.
const { client_id, client_secret } = google.credentials;
const client = { installed: { client_id, client_secret, redirect_uris: ['http://localhost'] } };
const clientFile = stack.use(await writeOwnFile(join(folder, 'client_secret.json'), JSON.stringify(client)));

const parts: SandboxParts = {
  uri,
  server,
  google,
  mailbox,
  spreadsheetID,
  yamlFile,
  syncFile: syncFile.path,
  clientFile: clientFile.path,
  hasPgDump,
};
const kubernetes =
  withKubernetes && !ended.signal.aborted
    ? stack.use(await startPlayground({ directory, folder, namespace, googleURL: google.url }))
    : undefined;
if (!ended.signal.aborted) {
  console.log(asJSON ? sandboxJSON(parts, kubernetes) : sandboxText(parts, kubernetes));
  await new Promise<void>((done) => ended.signal.addEventListener('abort', () => done(), { once: true }));
}

function commandLine(): { asJSON: boolean; yamlFile: string; withKubernetes: boolean } {
  const ordinary = join(dirname(import.meta.dirname), '.sandbox', 'backup.yaml');
  const flag = { type: 'boolean', default: false } as const;
  try {
    const options = { json: flag, kubernetes: flag, file: { type: 'string' } } as const;
    const { json, file, kubernetes } = parseArgs({ options }).values;
    return { asJSON: json, yamlFile: resolve(file ?? ordinary), withKubernetes: kubernetes };
  } catch (error) {
    console.error(`${(error as Error).message}\nThe sandbox knows --kubernetes, --json and --file FILE.`);
    process.exit(2);
  }
}

// First of all: it may take minutes, or not be possible.
async function findKubernetes(): Promise<void> {
  try {
    await kubernetesBinaries({ signal: ended.signal });
  } catch (error) {
    if (ended.signal.aborted) process.exit(130);
    if (!(error instanceof KubernetesUnavailable)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
