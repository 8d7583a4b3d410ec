import type { ParseArgsOptionsConfig } from 'node:util';
import type { IO } from './io.ts';

/** What a command gets: its options as parseArgs gives them. */
export interface Invocation {
  readonly values: Record<string, string | boolean | (string | boolean)[] | undefined>;
  readonly positionals: readonly string[];
  readonly io: IO;
  readonly signal: AbortSignal;
}

export interface Command {
  readonly name: string;
  /** `-f backup.yaml [--name NAME]` */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What each option does; every option has one. */
  readonly optionTexts: Readonly<Record<string, string>>;
  readonly options: ParseArgsOptionsConfig;
  /** Whether it takes a file as an argument of its own; any argument is an error else. */
  readonly takesFile?: true;
  /** Gives the exit status. Throws BackupError. */
  run(invocation: Invocation): Promise<number>;
}
