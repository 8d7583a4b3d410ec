import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { BackupError } from '../crds/failureReason.ts';
import { onOneLine } from '../crds/inWords.ts';
import { ownerOf } from '../runner/backupJob.ts';
import type { Services } from '../runner/services.ts';
import { backupOptions, backupOptionTexts, readBackupFiles } from './backupFile.ts';
import { type Check, notChecked } from './checks/check.ts';
import { databaseChecks } from './checks/databaseChecks.ts';
import { destinationChecks } from './checks/destinationChecks.ts';
import { emailChecks } from './checks/emailChecks.ts';
import { secretChecks } from './checks/secretChecks.ts';
import { cliServices } from './cliServices.ts';
import type { Command, Invocation } from './command.ts';
import { outputFormat, outputOption } from './output.ts';
import { worstStatus } from './worstStatus.ts';

/** `dbbackup check`: tries everything that a backup needs, and writes none. */
export const checkCommand: Command = {
  name: 'check',
  usage: '-f backup.yaml [-f secrets.yaml] [--name NAME] [--secrets DIR] [-o text|json]',
  summary: 'Try everything that a backup needs: Secrets, database, folder, mail server',
  options: { ...backupOptions, ...outputOption },
  optionTexts: backupOptionTexts,
  async run(invocation) {
    const output = outputFormat(invocation.values.output);
    const { stdout } = invocation.io;
    const checks: Check[] = [];
    for await (const check of allChecks(invocation)) {
      checks.push(check);
      if (output === 'text') stdout.write(checkText(check));
    }
    if (output === 'json') stdout.write(`${JSON.stringify({ checks })}\n`);
    return statusOf(checks);
  },
};

async function* allChecks({ values, io, signal }: Invocation): AsyncGenerator<Check> {
  let files: Awaited<ReturnType<typeof readBackupFiles>>;
  try {
    files = await readBackupFiles(values, io.stdin);
  } catch (error) {
    const given = Array.isArray(values.file) && values.file.length > 0;
    if (!given || !(error instanceof BackupError)) throw error;
    const { reason, message } = error;
    yield { name: 'spec', ok: false, message, reason };
    for (const name of ['secrets', 'database', 'destination', 'email'])
      yield notChecked(name, 'it needs the spec');
    return;
  }
  const services = cliServices(files.secrets, io);
  for await (const check of backupChecks(files.backup, services, signal)) {
    yield { ...check, message: services.redactor.redact(check.message) };
  }
}

/** Database, destination and mail server at the same time; told in this order. */
async function* backupChecks(
  backup: DatabaseBackup,
  services: Services,
  signal: AbortSignal,
): AsyncGenerator<Check> {
  const { spec, metadata } = backup;
  yield {
    name: 'spec',
    ok: true,
    message: `DatabaseBackup ${metadata.namespace}/${metadata.name} is valid.`,
  };
  const { checks, missing } = await secretChecks(spec, services, signal);
  yield* checks;
  const needs = (part: 'database' | 'destination' | 'email') => [notChecked(part, 'it needs its Secrets')];
  const database = missing.has('database') ? undefined : databaseChecks(spec, services, signal);
  const databaseBytes = Promise.resolve(database).then(
    (found) => found?.value,
    () => undefined,
  );
  const question = { spec, owner: ownerOf(backup), databaseBytes };
  const email = spec.notification?.email;
  const groups: Promise<readonly Check[]>[] = [
    database ? database.then((found) => found.checks) : Promise.resolve(needs('database')),
    missing.has('destination')
      ? Promise.resolve(needs('destination'))
      : destinationChecks(question, services, signal),
    email === undefined
      ? Promise.resolve([
          {
            name: 'email',
            ok: true,
            message: 'The spec names no notification: nobody is told of a failure.',
            warning: true,
          },
        ])
      : missing.has('email')
        ? Promise.resolve(needs('email'))
        : emailChecks(email, services, signal),
  ];
  for (const group of groups) group.catch(() => {});
  for (const group of groups) yield* await group;
}

function checkText({ name, ok, message, warning, notChecked: skipped, reason, hint }: Check): string {
  const mark = skipped ? '–' : warning ? '⚠' : ok ? '✓' : '✗';
  const lines = [`${mark} ${name}: ${reason === 'InvalidSpec' ? message : onOneLine(message)}`];
  if (!ok && !skipped && (reason || hint)) {
    lines.push(`    ${[reason, hint].filter(Boolean).join(': ')}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A mail server that fails has no reason, and may work the next time. */
function statusOf(checks: readonly Check[]): number {
  const failures = checks.filter(({ ok, notChecked: skipped }) => !ok && !skipped);
  const worst = worstStatus(failures.flatMap(({ reason }) => reason ?? []));
  return Math.max(worst, failures.length > 0 ? 1 : 0);
}
