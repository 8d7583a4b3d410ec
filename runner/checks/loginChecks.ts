import { daysLeft, expiryWarnings } from '../destinations/tokenExpiry.ts';
import type { Check, ProbeName } from './check.ts';

export const loginProbe: ProbeName = { name: 'google login', silence: 'UploadFailed' };

/** What is said of a login that worked, and of a refresh token that ends soon. */
export function loginChecks(expiry: Date | undefined, now: Date, scope?: string): Check[] {
  const { name } = loginProbe;
  const left = expiry === undefined ? '' : `; the refresh token has ${daysLeft(expiry, now)} left`;
  return [
    { name, ok: true, message: `Google gave an access token${left}.` },
    ...expiryWarnings(expiry, now, scope).map(
      (message): Check => ({ name, ok: true, warning: true, message }),
    ),
  ];
}
