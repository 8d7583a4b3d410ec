import { backupJob } from '../runner/backupJob.ts';
import { exitStatus } from '../runner/exitStatus.ts';
import { backupOptions, backupOptionTexts, readBackupFiles } from './backupFile.ts';
import { cliServices } from './cliServices.ts';
import type { Command } from './command.ts';
import { outputFormat, outputOption } from './output.ts';
import { showProgress } from './progressBar.ts';
import { reportText } from './reportText.ts';

/** `dbbackup run`: one backup of the YAML that kubectl gets, without a cluster. */
export const runCommand: Command = {
  name: 'run',
  usage: '-f backup.yaml [-f secrets.yaml] [--name NAME] [--secrets DIR] [-o text|json]',
  summary: 'Make a backup now',
  options: { ...backupOptions, ...outputOption },
  optionTexts: backupOptionTexts,
  async run({ values, io, signal }) {
    const output = outputFormat(values.output);
    const { backup, secrets } = await readBackupFiles(values, io.stdin);
    const services = cliServices(secrets, io);
    using _progress = showProgress(services.progress, io.stderr);
    const report = await backupJob({ backup, mailTransientFailures: true }, services, signal);
    _progress[Symbol.dispose]();
    io.stdout.write(output === 'json' ? `${JSON.stringify(report)}\n` : reportText(report, backup));
    return exitStatus(report);
  },
};
