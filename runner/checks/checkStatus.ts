import { worstStatus } from '../worstStatus.ts';
import type { Check } from './check.ts';

/** Exit status of a check: 0 passed (warnings included), 1 if another attempt may help with all that failed, else 2. */
export function checkStatus(checks: readonly Check[]): 0 | 1 | 2 {
  const failures = checks.filter(({ ok, notChecked }) => !ok && !notChecked);
  return worstStatus(failures.map(({ reason }) => reason ?? 'Internal'));
}
