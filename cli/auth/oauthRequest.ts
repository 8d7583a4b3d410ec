import { BackupError } from '../../crds/failureReason.ts';
import type { Clock } from '../../runner/destinations/clock.ts';
import { networkError, tokenError } from '../../runner/destinations/googleErrors.ts';
import type { HTTPAnswer, HTTPTransport } from '../../runner/destinations/httpTransport.ts';
import { type RetryPolicy, retry } from '../../runner/destinations/retry.ts';
import { jsonObject } from './jsonObject.ts';

/** What every request of a login goes through. */
export interface LoginNetwork {
  readonly transport: HTTPTransport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Short, for a person waits at the terminal. */
export const loginRetries: RetryPolicy = { firstMs: 1_000, capMs: 8_000, limitMs: 60_000 };

/** What an OAuth endpoint answered: the fields of its JSON object, of a refusal too. */
export interface OAuthAnswer {
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** For errors that nobody here knows better. */
  readonly error: BackupError;
}

/** Posts a form; tries again after 429, 5xx and broken connections. `what` completes "could not …". */
export function oauthRequest(
  network: LoginNetwork,
  url: string,
  form: Readonly<Record<string, string>>,
  what: string,
): Promise<OAuthAnswer> {
  const { transport, clock, signal } = network;
  return retry(
    async () => {
      let answer: HTTPAnswer;
      try {
        answer = await transport.send({
          method: 'POST',
          url,
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: [Buffer.from(new URLSearchParams(form).toString())],
          signal,
        });
      } catch (error) {
        throw networkError(error, new URL(url).host, { what });
      }
      const fields = jsonObject(answer.body);
      const error = answer.status === 200 ? unreadable(what) : tokenError(answer, clock.now());
      if (!(error instanceof BackupError)) throw error;
      return { status: answer.status, fields, error };
    },
    { clock, policy: loginRetries },
    signal,
  );
}

/** A text field that is there and not empty; otherwise the answer's own error is thrown. */
export function textField(answer: OAuthAnswer, name: string): string {
  const value = answer.fields[name];
  if (answer.status !== 200 || typeof value !== 'string' || value === '') throw answer.error;
  return value;
}

function unreadable(what: string): BackupError {
  return new BackupError(
    'UploadFailed',
    `Google Drive could not ${what}: Google's answer is not what it documents.`,
  );
}
