import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IO } from '../cli/io.ts';
import { main } from '../cli/main.ts';
import { backupYaml } from './backupYaml.ts';
import { createDemoData } from './demoData/createDemoData.ts';
import { startFakeGoogle } from './google/fakeGoogle.ts';
import { findProgram } from './postgres/findProgram.ts';
import { startPostgres } from './postgres/startPostgres.ts';
import { startMailbox } from './smtp/startMailbox.ts';

// `npm run demo`: three scenes on a real PostgreSQL server, the strict fake of Google and a real SMTP server:
// a backup; runs until retention removes some; a revoked token. Exit status 1 if a scene goes another way.

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.abort());
const terminal = process.stdout.isTTY === true;
const bold = (text: string) => (terminal ? `\x1b[1m${text}\x1b[0m` : text);
const scene = (number: number, title: string) => console.log(`\n${bold(`Scene ${number}: ${title}`)}`);
let wrong = 0;

await using stack = new AsyncDisposableStack();
const directory = await mkdtemp(join(tmpdir(), 'dbbackup-demo-'));
stack.defer(() => rm(directory, { recursive: true, force: true }));
console.log('Starting PostgreSQL, the fake Google and the mailbox, and filling a shop with 300,000 rows …');
const server = stack.use(await startPostgres());
const google = stack.use(await startFakeGoogle({ directory }));
const mailbox = stack.use(await startMailbox());
const uri = await server.createDatabase('shop');
await createDemoData(uri, { seed: 1 });

const pgDump = findProgram('pg_dump');
const hasPgDump = (pgDump?.major ?? 0) >= server.major;
if (!hasPgDump) {
  console.log(
    `No pg_dump ${server.major} or newer here, so three formats without sql: apt-get install postgresql-client`,
  );
}
const yaml = backupYaml({
  postgres: { uri },
  google,
  smtp: mailbox,
  spec: {
    formats: ['csv', 'xlsx', 'json', ...(hasPgDump ? ['sql'] : [])],
    retention: { maxCount: 3, minKeep: 2 },
  },
});
const file = join(directory, 'backup.yaml');
await writeFile(file, yaml, { mode: 0o600 });
const { stdin, stdout, stderr } = process;
const env = {
  ...process.env,
  DBBACKUP_GOOGLE_URL: google.url,
  ...(pgDump && hasPgDump ? { DBBACKUP_PG_DUMP: pgDump.path } : {}),
};
const io: IO = { stdin, stdout, stderr, env };

scene(1, `a backup of PostgreSQL ${server.version}, one snapshot, every format`);
await dbbackup(['run', '-f', file], 0);
await mailOf(1);

scene(2, 'the same backup again and again, until retention removes the oldest (maxCount: 3)');
for (let run = 2; run <= 4; run++) await dbbackup(['run', '-f', file], 0);
await dbbackup(['list', '-f', file], 0);

scene(3, 'the refresh token is revoked: the run fails, says what to do, and removes nothing');
const before = files().length;
google.revokeRefreshTokens();
await dbbackup(['run', '-f', file], 2);
await mailOf(5);
const after = files().length;
console.log(`Files in the folder before and after: ${before} and ${after}.`);
if (after !== before) wrong += 1;

console.log(
  `\n${bold('Done.')} ${wrong === 0 ? 'Every scene went as it should.' : `${wrong} of the steps went another way than they should.`}`,
);
if (terminal && !ended.signal.aborted) {
  console.log(
    `Look at the folder ${google.url}/drive/folders/${google.folderID}\n    and the inbox ${mailbox.url}; Ctrl-C ends the demo.`,
  );
  await new Promise<void>((resolve) =>
    ended.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
} else {
  console.log('Run `npm run sandbox` to play with all of this, with pages for the folder and the inbox.');
}
process.exitCode = wrong === 0 ? 0 : 1;

async function dbbackup(args: string[], expected: number): Promise<void> {
  if (ended.signal.aborted) return;
  console.log(bold(`$ npx dbbackup ${args.map((arg) => (arg === file ? 'backup.yaml' : arg)).join(' ')}`));
  const status = await main(args, io, ended.signal);
  if (status === expected) return;
  console.log(`Exit status ${status} instead of ${expected}.`);
  wrong += 1;
}

async function mailOf(number: number): Promise<void> {
  if (ended.signal.aborted) return;
  const mail = await mailbox.waitForMessage((received) => received.number === number);
  console.log(`In the inbox of ${mail.envelope.to.join(', ')}: ${bold(mail.subject)}`);
}

function files() {
  return google.files().filter(({ parent, trashed }) => parent === google.folderID && !trashed);
}
