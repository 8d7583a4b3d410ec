import { BackupError, reasonFacts } from '../crds/failureReason.ts';
import { onOneLine } from '../crds/inWords.ts';
import { backupChecks } from '../runner/checks/backupChecks.ts';
import { type Check, notChecked } from '../runner/checks/check.ts';
import { checkStatus } from '../runner/checks/checkStatus.ts';
import { syncChecks } from '../runner/checks/syncChecks.ts';
import { backupOptions, backupOptionTexts, readCheckedFiles } from './backupFile.ts';
import { cliServices } from './cliServices.ts';
import type { Command, Invocation } from './command.ts';
import { outputFormat, outputOption } from './output.ts';

/** `dbbackup check`: tries everything that a backup or a sync needs, as a check Job does, and makes none. */
export const checkCommand: Command = {
  name: 'check',
  usage: '-f backup.yaml [-f secrets.yaml] [--name NAME] [--secrets DIR] [-o text|json]',
  summary:
    'Try everything that a backup or a sync needs: Secrets, database, folder or spreadsheet, mail server',
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
    return checkStatus(checks);
  },
};

async function* allChecks({ values, io, signal }: Invocation): AsyncGenerator<Check> {
  let files: Awaited<ReturnType<typeof readCheckedFiles>>;
  try {
    files = await readCheckedFiles(values, io.stdin);
  } catch (error) {
    const given = Array.isArray(values.file) && values.file.length > 0;
    if (!given || !(error instanceof BackupError)) throw error;
    const { reason, message } = error;
    yield { name: 'spec', ok: false, message, reason, hint: reasonFacts(reason).hint };
    for (const name of ['secrets', 'database', 'destination', 'email'])
      yield notChecked(name, 'it needs the spec');
    return;
  }
  const services = cliServices(files.secrets, io);
  if ('sync' in files) yield* syncChecks(files.sync, services, signal);
  else yield* backupChecks(files.backup, services, signal);
}

function checkText({ name, ok, message, warning, notChecked: skipped, reason, hint }: Check): string {
  const mark = skipped ? '–' : warning ? '⚠' : ok ? '✓' : '✗';
  const lines = [`${mark} ${name}: ${reason === 'InvalidSpec' ? message : onOneLine(message)}`];
  if (!ok && !skipped && (reason || hint)) {
    lines.push(`    ${[reason, hint].filter(Boolean).join(': ')}`);
  }
  return `${lines.join('\n')}\n`;
}
