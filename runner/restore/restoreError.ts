import { BackupError } from '../../crds/failureReason.ts';
import { ContentError } from '../content/tableRows.ts';
import { databaseError } from '../database/databaseError.ts';
import { PsqlEnded } from '../database/psql.ts';

// They name what somebody has to install or create, and cannot come from a row but as a name of such a thing.
const safeWords =
  /^(role "[^"\n]*" does not exist|extension "[^"\n]*" is not available|permission denied (for|to) [\w "-]+|must be owner of [\w "-]+|must be superuser to [\w "-]+|must be able to SET ROLE "[^"\n]*"|(type|schema|function|relation|language) "[^"\n]*" already exists|out of shared memory)$/;

/** What the server said, without what may quote a row (docs/decisions/0005). */
function words(code: string, message: string): string {
  const shown = /^(08|28|3D|53|57)/.test(code) || (!code.startsWith('22') && safeWords.test(message));
  return shown ? `${message} (SQLSTATE ${code})` : `SQLSTATE ${code}`;
}

const connectionLost = /^(08|57P0)/;

/**
 * The failure of a restore with its name. `doing` completes "… while": "loading table orders". Errors that are named
 * already, and bugs, come back as they are.
 */
export function restoreError(error: unknown, doing: string): unknown {
  if (error instanceof PsqlEnded) return psqlError(error, doing);
  if (error instanceof ContentError) {
    return new BackupError('ChecksumMismatch', `The file cannot be read while ${doing}: ${error.message}.`, {
      cause: error,
    });
  }
  if (!(error instanceof Error) || error instanceof BackupError) return error;
  const { code, severity, message } = error as Error & { code?: unknown; severity?: unknown };
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && typeof severity === 'string') {
    return refused(code, message, doing, error);
  }
  return databaseError(error, doing);
}

function refused(code: string, message: string, doing: string, error: Error): BackupError {
  if (connectionLost.test(code)) {
    return new BackupError(
      'DatabaseUnreachable',
      `The server ended the connection while ${doing}: ${words(code, message)}.`,
    );
  }
  if (code === '57014' && /statement timeout/.test(message)) {
    return new BackupError('RestoreFailed', `A statement_timeout of the server ended it while ${doing}.`);
  }
  if (code === '55P03') {
    return new BackupError(
      'LockTimeout',
      `Another session holds a lock on the target while ${doing} (SQLSTATE ${code}).`,
    );
  }
  const bare = new Error(`SQLSTATE ${code}`);
  if (error.stack) bare.stack = error.stack.slice(Math.max(0, error.stack.indexOf('\n    at ')));
  return new BackupError('RestoreFailed', `PostgreSQL refused while ${doing}: ${words(code, message)}.`, {
    cause: bare,
  });
}

// "psql:<stdin>:12: ERROR:  23505: duplicate key …"
const errorLine = /^(?:psql:[^\n]*?: )?(ERROR|FATAL|PANIC): {2}([0-9A-Z]{5}): ([^\n]*)$/gm;

const copyContext = /^CONTEXT: {2}(?:[^\n]*\n)*?COPY ([^,\n]+), line \d/m;

function psqlError(error: PsqlEnded, doing: string): BackupError {
  if (/invalid command \\(un)?restrict/.test(error.words)) {
    return new BackupError(
      'PsqlTooOld',
      'psql does not know the command \\restrict, with which the dump begins.',
    );
  }
  if (/backslash commands are restricted|\\unrestrict: wrong key/.test(error.words)) {
    return new BackupError(
      'RestoreFailed',
      `The dump holds commands of psql, which pg_dump does not write, while ${doing}: somebody else made it. Nothing was changed.`,
    );
  }
  const [, , code, message] = [...error.words.matchAll(errorLine)].at(-1) ?? [];
  if (code !== undefined && message !== undefined) {
    const table = copyContext.exec(error.words)?.[1];
    return refused(code, message, table === undefined ? doing : `loading table ${table}`, error);
  }
  // https://www.postgresql.org/docs/current/app-psql.html: 2, the connection went bad and the session was no terminal.
  if (error.status === 2 || /connection to server|server closed the connection/.test(error.words)) {
    return new BackupError('DatabaseUnreachable', `psql lost its connection to the server while ${doing}.`);
  }
  const how = error.status === null ? 'was ended by a signal' : `ended with exit status ${error.status}`;
  return new BackupError('RestoreFailed', `psql ${how} while ${doing}.`);
}
