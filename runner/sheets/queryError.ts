import { BackupError } from '../../crds/failureReason.ts';
import { databaseError } from '../database/databaseError.ts';

/** A failure of the server, as pg throws it; `position` is counted in characters from 1. */
interface QueryFailure extends Error {
  readonly code: string;
  readonly severity: string;
  readonly position?: string;
}

// Connection, rights, locks, replay, resources: no fault of the query. 08P01 is: parameters such as $1.
const otherFaults = /^(08(?!P01)|28|3D|40|42501|53|55P03|57P)/;

/**
 * The failure of a person's query: InvalidQuery, DeadlineExceeded, or what databaseError makes of it. The server's words are
 * shown where `parsed` is the text that it parsed and had not run, with the place in it: they can quote nothing else then.
 */
export function queryError(error: unknown, sheet: string, parsed?: string): unknown {
  if (!isServerError(error) || otherFaults.test(error.code) || error.severity === 'FATAL') {
    return databaseError(error, `reading sheet ${sheet}`);
  }
  const state = `SQLSTATE ${error.code}`;
  if (error.code === '57014') {
    return /statement timeout/.test(error.message)
      ? new BackupError('DeadlineExceeded', `Sheet ${sheet}: the query took longer than spec.timeoutSeconds.`)
      : databaseError(error, `reading sheet ${sheet}`);
  }
  const refused = (sentence: string) => new BackupError('InvalidQuery', `Sheet ${sheet}: ${sentence}.`);
  if (error.code === '25006') return refused(`the query would change something (${state})`);
  if (parsed === undefined) return refused(`PostgreSQL refused the query while it ran: ${state}`);
  const place = error.position === undefined ? '' : `, at ${placeIn(parsed, Number(error.position))}`;
  return refused(`PostgreSQL does not take the query: ${error.message}${place} (${state})`);
}

function isServerError(error: unknown): error is QueryFailure {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && typeof severity === 'string';
}

function placeIn(text: string, position: number): string {
  const before = [...text]
    .slice(0, position - 1)
    .join('')
    .split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
