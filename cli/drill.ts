import type { DrillReport } from '../crds/drillReport.ts';
import { BackupError, reasonFacts } from '../crds/failureReason.ts';
import { countOf, durationInWords, onOneLine, sizeInWords } from '../crds/inWords.ts';
import { uriTarget } from '../runner/database/databaseTarget.ts';
import { type DrillJob, drillJob } from '../runner/drill/drillJob.ts';
import { exitStatus } from '../runner/exitStatus.ts';
import { backupOptions, backupOptionTexts, readBackupFiles } from './backupFile.ts';
import { cliServices } from './cliServices.ts';
import type { Command, Invocation } from './command.ts';
import { chosenIdentities, identityOption, identityOptionText } from './identityOption.ts';
import { outputFormat, outputOption } from './output.ts';
import { showProgress } from './progressBar.ts';

/** `dbbackup drill`: tries whether the newest good set can be restored, in a database that is dropped again. */
export const drillCommand: Command = {
  name: 'drill',
  usage: '-f backup.yaml [-f secrets.yaml] [--to URI] [--create-roles] [--identity key.txt] [-o text|json]',
  summary: 'Restore the newest set into a scratch database, compare it, and drop it',
  options: {
    ...backupOptions,
    ...outputOption,
    ...identityOption,
    to: { type: 'string' },
    'create-roles': { type: 'boolean' },
  },
  optionTexts: {
    ...backupOptionTexts,
    ...identityOptionText,
    to: 'postgresql://user@host:5432/postgres: the server for it, instead of spec.drill.target; its password may stand in PGPASSWORD',
    'create-roles': 'Make roles that the set refers to and the server lacks, without a login; they stay',
  },
  async run(invocation) {
    const { values, io, signal } = invocation;
    const output = outputFormat(values.output);
    const { backup, secrets } = await readBackupFiles(values, io.stdin);
    const services = cliServices(secrets, io);
    const job = {
      backup,
      server: serverOf(invocation, backup),
      createRoles: values['create-roles'] === true,
      identities: await chosenIdentities(values, services),
    };
    using bar = showProgress(services.progress, io.stderr);
    const report = await drillJob(job, services, signal);
    bar[Symbol.dispose]();
    io.stdout.write(output === 'json' ? `${JSON.stringify(report)}\n` : drillText(report, backup));
    return exitStatus(report);
  },
};

function serverOf({ values, io }: Invocation, { spec }: DrillJob['backup']): DrillJob['server'] {
  if (typeof values.to === 'string') {
    return { target: uriTarget(values.to, '--to', io.env.PGPASSWORD), isEphemeral: false };
  }
  if (spec.drill?.target !== undefined) return undefined;
  throw new BackupError(
    'InvalidSpec',
    'Name a server for the scratch database: --to postgresql://user@host:5432/postgres, or spec.drill.target. The one of spec.drill.ephemeral there is in a cluster alone.',
  );
}

function drillText(report: DrillReport, { metadata }: DrillJob['backup']): string {
  const name = `${metadata.namespace}/${metadata.name}`;
  const { set, tables = 0, rows = 0, bytes = 0, format, comparedTables = 0, recoverySeconds = 0 } = report;
  const held =
    report.assertions.length === 0 ? '' : `, ${countOf(report.assertions.length, 'assertion')} held`;
  const reason = report.reason ?? 'Internal';
  const lines =
    report.result === 'Succeeded'
      ? [
          `✓ ${name}: ${set} can be restored in ${durationInWords(recoverySeconds)}: ${countOf(tables, 'table')}, ${countOf(rows, 'row')} from ${sizeInWords(bytes)} of ${format}; contents of ${countOf(comparedTables, 'table')} compared${held}`,
        ]
      : [
          `✗ ${name}: the drill${set === undefined ? '' : ` of ${set}`} failed: ${reason}`,
          `  ${report.message ?? reasonFacts(reason).meaning}`,
          `  What to do: ${reasonFacts(reason).hint}`,
        ];
  return [
    ...lines,
    ...report.stages.map(({ name: stage, seconds }) => `  ${stage} ${durationInWords(seconds)}`),
    ...report.warnings.map((warning) => `⚠ ${onOneLine(warning)}`),
    ...report.notes.map((note) => `note: ${onOneLine(note)}`),
    '',
  ].join('\n');
}
