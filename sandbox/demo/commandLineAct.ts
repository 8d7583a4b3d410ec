import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IO } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import { backupYaml } from '../backupYaml.ts';
import { findProgram } from '../postgres/findProgram.ts';
import type { Stage } from './stage.ts';
import { type DemoWorld, showMail } from './world.ts';

/** The first act, without a cluster: a backup; runs until retention removes some; a revoked token. */
export async function commandLineAct(stage: Stage, world: DemoWorld): Promise<void> {
  const { directory, uri, google, mailbox, formats } = world;
  const spec = { formats, retention: { maxCount: 3, minKeep: 2 } };
  const file = join(directory, 'backup.yaml');
  await writeFile(file, backupYaml({ postgres: { uri }, google, smtp: mailbox, spec }), { mode: 0o600 });
  const { stdin, stdout, stderr } = process;
  const pgDump = findProgram('pg_dump');
  const env = {
    ...process.env,
    DBBACKUP_GOOGLE_URL: google.url,
    ...(pgDump && formats.includes('sql') ? { DBBACKUP_PG_DUMP: pgDump.path } : {}),
  };
  const io: IO = { stdin, stdout, stderr, env };

  const dbbackup = async (args: string[], expected: number) => {
    if (stage.signal.aborted) return;
    stage.command(`npx dbbackup ${args.map((arg) => (arg === file ? 'backup.yaml' : arg)).join(' ')}`);
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

  stage.scene('the refresh token is revoked: the run fails, says what to do, and removes nothing');
  const before = files().length;
  google.revokeRefreshTokens();
  await dbbackup(['run', '-f', file], 2);
  await showMail(stage, world, 5);
  const after = files().length;
  stage.say(`Files in the folder before and after: ${before} and ${after}.`);
  if (after !== before) stage.wrong('They should be the same.');
}
