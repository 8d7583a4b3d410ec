import { loginCommand } from './missingScope.ts';

const warnDays = 14;
const day = 86_400_000;

/** Whole days until a refresh token ends, in words. */
export function daysLeft(expiry: Date, now: Date): string {
  const days = Math.floor((expiry.getTime() - now.getTime()) / day);
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}

/** What to say of a refresh token that ends within two weeks; `scope` is what the work needs, by its short name. */
export function expiryWarnings(expiry: Date | undefined, now: Date, scope = 'drive.file'): string[] {
  if (expiry === undefined || expiry.getTime() - now.getTime() >= (warnDays + 1) * day) return [];
  return [
    `The refresh token expires in ${daysLeft(expiry, now)} (${expiry.toISOString().slice(0, 10)}): if the OAuth app is in "Testing", press PUBLISH APP; then run \`${loginCommand(scope)}\` again.`,
  ];
}
