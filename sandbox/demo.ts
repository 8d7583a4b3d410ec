import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLineAct } from './demo/commandLineAct.ts';
import { kubernetesAct } from './demo/kubernetesAct.ts';
import { Stage } from './demo/stage.ts';
import { createDemoData } from './demoData/createDemoData.ts';
import { startFakeGoogle } from './google/fakeGoogle.ts';
import { kubernetesBinaries } from './kubernetes/binaries.ts';
import { KubernetesUnavailable } from './kubernetes/unavailable.ts';
import { findProgram } from './postgres/findProgram.ts';
import { startPostgres } from './postgres/startPostgres.ts';
import { startMailbox } from './smtp/startMailbox.ts';

// `npm run demo`: two acts on a real PostgreSQL server, the strict fake of Google and a real SMTP server: the command line,
// at once, then the operator on a real Kubernetes, where that is there or can be built. Exit status 1 if a scene goes
// another way than it should, 130 if it is ended before the last.

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.abort());
const isTerminal = process.stdout.isTTY === true;
const stage = new Stage({ signal: ended.signal, write: (line) => console.log(line), isTerminal });

await using stack = new AsyncDisposableStack();
const directory = await mkdtemp(join(tmpdir(), 'dbbackup-demo-'));
stack.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
stage.say('Starting PostgreSQL, the fake Google and the mailbox, and filling a shop with 300,000 rows …');
const server = stack.use(await startPostgres());
const google = stack.use(await startFakeGoogle({ directory }));
const mailbox = stack.use(await startMailbox());
const uri = await server.createDatabase('shop');
await createDemoData(uri, { seed: 1 });
stage.say(`PostgreSQL ${server.version} is up.`);

const hasPgDump = (findProgram('pg_dump')?.major ?? 0) >= server.major;
if (!hasPgDump) {
  stage.say(
    `No pg_dump ${server.major} or newer here, so three formats without sql: apt-get install postgresql-client`,
  );
}
const formats = ['csv', 'xlsx', 'json', ...(hasPgDump ? ['sql'] : [])];
const spreadsheetID = google.createSpreadsheet('Shop');
const world = { directory, uri, google, spreadsheetID, mailbox, formats };

await commandLineAct(stage, world);
let sandbox = 'npm run sandbox';
try {
  if (await kubernetesIsThere()) {
    sandbox += ' -- --kubernetes';
    await kubernetesAct(stage, world);
  }
} catch (error) {
  if (!ended.signal.aborted) throw error;
}

const { mistakes } = stage;
const isEndedEarly = ended.signal.aborted;
const verdict =
  mistakes === 0
    ? 'Every scene went as it should.'
    : `${mistakes} of the steps went another way than they should.`;
stage.say(`\n${stage.bold(isEndedEarly ? 'Ended early.' : 'Done.')} ${verdict}`);
if (isTerminal && !isEndedEarly) {
  stage.say(`Look at the folder ${google.url}/drive/folders/${google.folderID}`);
  stage.say(`the spreadsheet ${google.url}/spreadsheets/d/${spreadsheetID}/edit`);
  stage.say(`    and the inbox ${mailbox.url}; Ctrl-C ends the demo.`);
  await new Promise<void>((done) => ended.signal.addEventListener('abort', () => done(), { once: true }));
} else if (!isEndedEarly) {
  stage.say(`\`${sandbox}\` keeps all of this up, to play with.`);
}
process.exitCode = mistakes > 0 ? 1 : isEndedEarly ? 130 : 0;

// Building takes minutes, the first time; its progress is told on standard error.
async function kubernetesIsThere(): Promise<boolean> {
  if (ended.signal.aborted) return false;
  try {
    await kubernetesBinaries({ signal: ended.signal });
    return true;
  } catch (error) {
    if (!(error instanceof KubernetesUnavailable)) throw error;
    stage.say(`\nThe second act, the operator on Kubernetes, is left out. ${error.message}`);
    return false;
  }
}
