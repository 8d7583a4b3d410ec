import { adoptCommand } from './adopt.ts';
import { authImportCommand, authLoginCommand } from './authCommands.ts';
import { checkCommand } from './check.ts';
import type { Command } from './command.ts';
import { downloadCommand } from './download.ts';
import { drillCommand } from './drill.ts';
import { listCommand } from './list.ts';
import { restoreCommand } from './restore.ts';
import { runCommand } from './run.ts';
import { syncCommand } from './sync.ts';
import { verifyCommand } from './verify.ts';

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  runCommand,
  checkCommand,
  listCommand,
  downloadCommand,
  restoreCommand,
  drillCommand,
  syncCommand,
  verifyCommand,
  adoptCommand,
  authLoginCommand,
  authImportCommand,
];
