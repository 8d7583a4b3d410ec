import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backupYaml } from './backupYaml.ts';
import { createDemoData } from './demoData/createDemoData.ts';
import { startFakeGoogle } from './google/fakeGoogle.ts';
import { findProgram } from './postgres/findProgram.ts';
import { startPostgres } from './postgres/startPostgres.ts';
import { startMailbox } from './smtp/startMailbox.ts';

// `npm run sandbox`: PostgreSQL with the demo's shop, the fake Google and a mailbox, up until SIGINT or
// SIGTERM. Says what to use as a text for people, with --json as one line for programs. A backup that fits is
// written to .sandbox/backup.yaml, or to --file FILE.

const { asJSON, yamlFile } = commandLine();
const ended = new Promise<void>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done());
});
if (!asJSON) console.log('Starting PostgreSQL, the fake Google and the mailbox …');

await using stack = new AsyncDisposableStack();
const directory = await mkdtemp(join(tmpdir(), 'dbbackup-sandbox-'));
stack.defer(() => rm(directory, { recursive: true, force: true }));
const server = stack.use(await startPostgres());
const google = stack.use(await startFakeGoogle({ directory }));
const mailbox = stack.use(await startMailbox());
const uri = await server.createDatabase('shop');
await createDemoData(uri, { seed: 1 });

const hasPgDump = (findProgram('pg_dump')?.major ?? 0) >= server.major;
const formats = ['csv', 'xlsx', 'json', ...(hasPgDump ? ['sql'] : [])];
await mkdir(dirname(yamlFile), { recursive: true });
const yaml = backupYaml({ postgres: { uri }, google, smtp: mailbox, spec: { formats } });
await writeFile(yamlFile, yaml, { mode: 0o600 });
stack.defer(() => removeOwn(yamlFile, yaml));
// As the Google Cloud console gives it for a desktop app, for `dbbackup auth login`.
const clientFile = join(dirname(yamlFile), 'client_secret.json');
const { client_id, client_secret } = google.credentials;
const client = JSON.stringify({
  installed: { client_id, client_secret, redirect_uris: ['http://localhost'] },
});
await writeFile(clientFile, client, { mode: 0o600 });
stack.defer(() => removeOwn(clientFile, client));

console.log(asJSON ? json() : text());
await ended;

function commandLine(): { asJSON: boolean; yamlFile: string } {
  const ordinary = join(dirname(import.meta.dirname), '.sandbox', 'backup.yaml');
  try {
    const options = { json: { type: 'boolean', default: false }, file: { type: 'string' } } as const;
    const { values } = parseArgs({ options });
    return { asJSON: values.json, yamlFile: resolve(values.file ?? ordinary) };
  } catch (error) {
    console.error(`${(error as Error).message}\nThe sandbox knows --json and --file FILE.`);
    process.exit(2);
  }
}

// Another sandbox may have written its own since.
async function removeOwn(path: string, content: string): Promise<void> {
  const current = await readFile(path, 'utf8').catch(() => undefined);
  if (current === content) await rm(path, { force: true });
}

function json(): string {
  const { url, folderID, credentials } = google;
  const { host, port } = mailbox;
  return JSON.stringify({
    postgres: { uri },
    google: { url, folderID, credentials },
    smtp: { host, port, url: mailbox.url },
  });
}

function text(): string {
  const fromHere = (path: string) => {
    const short = relative(process.cwd(), path);
    return short.startsWith('..') ? path : short;
  };
  const file = fromHere(yamlFile);
  const dump = hasPgDump
    ? ''
    : `\nWithout sql: there is no pg_dump ${server.major} or newer here (apt-get install postgresql-client).\n`;
  return `
The sandbox is up. Ctrl-C ends it, and all that is in it.

  PostgreSQL ${server.version}  ${uri}
  Drive folder     ${google.url}/drive/folders/${google.folderID}
  Inbox            ${mailbox.url}
  Backup           ${file} (a DatabaseBackup with its Secrets)
${dump}
In another terminal, in this directory:

  export DBBACKUP_GOOGLE_URL=${google.url}
  npx dbbackup check -f ${file}
  npx dbbackup run -f ${file}
  npx dbbackup list -f ${file}
  npx dbbackup auth login --client-file ${fromHere(clientFile)}
`;
}
