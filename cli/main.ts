import { parseArgs } from 'node:util';
import { BackupError, reasonFacts } from '../crds/failureReason.ts';
import { nearestName } from '../crds/nearestName.ts';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, mainHelp } from './help.ts';
import type { IO } from './io.ts';
import { stopSignal } from './stopSignal.ts';

/**
 * Runs one command line and gives the exit status: 0, 1 for a failure worth another attempt, 2 for a permanent
 * one or a wrong command line. Errors become a sentence and a hint on standard error.
 */
export async function main(
  args: readonly string[],
  io: IO = process,
  signal: AbortSignal = stopSignal((name) => `dbbackup was stopped by ${name}.`),
): Promise<number> {
  try {
    const found = findCommand(args);
    if (found === undefined) {
      io.stdout.write(mainHelp());
      return 0;
    }
    const { command, rest } = found;
    const { values, positionals } = parse(command, rest);
    if (values.help) {
      io.stdout.write(commandHelp(command));
      return 0;
    }
    if (positionals[0] !== undefined && !command.takesFile) {
      throw new BackupError(
        'InvalidSpec',
        `dbbackup ${command.name} takes options alone, not ${positionals[0]}; see dbbackup ${command.name} --help.`,
      );
    }
    return await command.run({ values, positionals, io, signal });
  } catch (error) {
    return fail(error, io, signal);
  }
}

function findCommand(args: readonly string[]): { command: Command; rest: string[] } | undefined {
  const [first] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') return undefined;
  for (const command of commands) {
    const words = command.name.split(' ');
    if (words.every((word, index) => args[index] === word))
      return { command, rest: args.slice(words.length) };
  }
  const names = commands.map(({ name }) => name);
  const typed = first === 'auth' ? args.slice(0, 2).join(' ') : first;
  const nearest = nearestName(typed, names);
  throw new BackupError(
    'InvalidSpec',
    `dbbackup has no command ${typed}; ${nearest ? `did you mean ${nearest}?` : `it has ${names.join(', ')}.`}`,
  );
}

function parse(command: Command, rest: string[]) {
  try {
    return parseArgs({
      args: rest,
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (cause) {
    const message = (cause as Error).message.split(/\. |\n/)[0] ?? '';
    const unknown = /^Unknown option '--?([^']+)'/.exec(message)?.[1];
    const nearest = unknown && nearestName(unknown, Object.keys(command.options));
    throw new BackupError(
      'InvalidSpec',
      `${message}${nearest ? `; did you mean --${nearest}?` : ''}; see dbbackup ${command.name} --help.`,
      { cause },
    );
  }
}

function fail(error: unknown, { stderr }: IO, signal: AbortSignal): number {
  const cause = signal.aborted && signal.reason instanceof BackupError ? signal.reason : error;
  if (!(cause instanceof BackupError)) {
    const stack =
      cause instanceof Error ? (cause.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []) : [];
    const name = cause instanceof Error ? cause.constructor.name : typeof cause;
    stderr.write(`dbbackup: an unexpected ${name}: a bug. Please report these lines:\n${stack.join('\n')}\n`);
    return 1;
  }
  const { kind, hint } = reasonFacts(cause.reason);
  stderr.write(`dbbackup: ${cause.message}\n`);
  if (cause.reason !== 'InvalidSpec') stderr.write(`  ${cause.reason}: ${hint}\n`);
  return kind === 'Transient' ? 1 : 2;
}
