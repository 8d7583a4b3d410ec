import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { IO } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import { backupYaml } from '../backupYaml.ts';
import { findProgram } from '../postgres/findProgram.ts';
import { syncYaml } from '../syncYaml.ts';
import { shell } from './shell.ts';
import { showRevenue } from './showRevenue.ts';
import type { Stage } from './stage.ts';
import { type DemoWorld, showMail } from './world.ts';

/** How many the shop has. */
const customers = /^ *30000$/;

/** The first act, without a cluster: a backup; runs until retention removes some; a dropped table comes back; tables in a spreadsheet; a revoked token. */
export async function commandLineAct(stage: Stage, world: DemoWorld): Promise<void> {
  const { directory, uri, google, spreadsheetID, mailbox, formats } = world;
  const spec = { formats, retention: { maxCount: 3, minKeep: 2 } };
  const file = join(directory, 'backup.yaml');
  const syncFile = join(directory, 'sync.yaml');
  const common = { postgres: { uri }, google, smtp: mailbox };
  await writeFile(file, backupYaml({ ...common, spec }), { mode: 0o600 });
  await writeFile(syncFile, syncYaml({ ...common, spreadsheetID }), { mode: 0o600 });
  const { stdin, stdout, stderr } = process;
  const [pgDump, psql] = [findProgram('pg_dump'), findProgram('psql')];
  const env = {
    ...process.env,
    DBBACKUP_GOOGLE_URL: google.url,
    ...(pgDump && formats.includes('sql') ? { DBBACKUP_PG_DUMP: pgDump.path } : {}),
    ...(psql ? { DBBACKUP_PSQL: psql.path } : {}),
  };
  const io: IO = { stdin, stdout, stderr, env };

  const dbbackup = async (args: string[], expected: number) => {
    if (stage.signal.aborted) return;
    const names = new Map([
      [file, 'backup.yaml'],
      [syncFile, 'sync.yaml'],
      [uri, '"$SHOP"'],
    ]);
    const shown = args.map((arg) => names.get(arg) ?? arg);
    stage.command(`npx dbbackup ${shown.join(' ')}`);
    const status = await main(args, io, stage.signal);
    if (status !== expected) stage.wrong(`Exit status ${status} instead of ${expected}.`);
  };
  const files = () => google.files().filter(({ parent, trashed }) => parent === google.folderID && !trashed);

  stage.scene('a backup, one snapshot, every format');
  await dbbackup(['run', '-f', file], 0);
  await showMail(stage, world, 1);

  stage.scene('the same backup again and again, until retention removes the oldest (maxCount: 3)');
  for (let run = 2; run <= 4; run++) await dbbackup(['run', '-f', file], 0);
  await dbbackup(['list', '-f', file], 0);

  if (psql && formats.includes('sql')) {
    stage.scene('somebody drops a table; the last set brings it back, all of it or nothing');
    const env = { SHOP: uri, PATH: `${dirname(psql.path)}:${process.env.PATH}` };
    const { run } = shell(stage, directory, env);
    const count = `psql "$SHOP" --command 'SELECT count(*) FROM customers'`;
    await run(count, customers);
    await run(`psql "$SHOP" --quiet --command 'DROP TABLE customers CASCADE'`);
    // Into the very database that the set is from, which has to be said.
    const target = ['--to', uri, '--clean', '--yes', '--allow-source'];
    await dbbackup(['restore', '-f', file, '--set', 'latest', ...target], 0);
    await run(count, customers);
  }

  stage.scene('a query and two tables in a spreadsheet, from one snapshot');
  await dbbackup(['sync', '-f', syncFile], 0);
  await showRevenue(stage, world);

  stage.scene('the refresh token is revoked: the run fails, says what to do, and removes nothing');
  const before = files().length;
  google.revokeRefreshTokens();
  await dbbackup(['run', '-f', file], 2);
  await showMail(stage, world, 5);
  const after = files().length;
  stage.say(`Files in the folder before and after: ${before} and ${after}.`);
  if (after !== before) stage.wrong('They should be the same.');
}
