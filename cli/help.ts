import type { Command } from './command.ts';
import { commands } from './commands.ts';

/** What `dbbackup --help` prints. */
export function mainHelp(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'dbbackup: PostgreSQL backups as CSV, Excel, JSON and SQL in a personal Google Drive, and tables in Google Sheets.',
    '',
    'Usage: dbbackup COMMAND [OPTIONS]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'dbbackup COMMAND --help tells more. Exit status: 0, 1 for a failure worth another attempt, 2 for a permanent one.',
    'Environment: HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS, DBBACKUP_PG_DUMP and DBBACKUP_PSQL (paths of the programs),',
    'DBBACKUP_GOOGLE_URL (another root for all Google calls: the sandbox).',
    '',
  ].join('\n');
}

/** What `dbbackup COMMAND --help` prints. */
export function commandHelp({ name, usage, summary, options, optionTexts }: Command): string {
  const rows = Object.entries(options).map(([option, { type, short }]) => {
    const flag = `${short ? `-${short}, ` : ''}--${option}${type === 'string' ? ' …' : ''}`;
    return [flag, optionTexts[option] ?? ''] as const;
  });
  const width = Math.max(0, ...rows.map(([flag]) => flag.length));
  return [
    summary,
    '',
    `Usage: dbbackup ${name} ${usage}`,
    '',
    ...rows.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}`),
    '',
  ].join('\n');
}
