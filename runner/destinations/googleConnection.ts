import { AccessToken } from './accessToken.ts';
import { type Clock, systemClock } from './clock.ts';
import { GoogleClient } from './googleClient.ts';
import type { GoogleCredentials } from './googleCredentials.ts';
import { HTTPTransport, type ProxySettings } from './httpTransport.ts';
import { googleRetries, type RetryPolicy, type Waiting } from './retry.ts';

/** The part of a pino logger that is used. */
export interface DestinationLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** How to reach Google, whichever of its services. */
export interface GoogleOptions {
  readonly credentials: GoogleCredentials;
  /** Another root for every Google call, OAuth included: a sandbox. */
  readonly rootURL?: string | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly logger: DestinationLogger;
  readonly clock?: Clock;
  readonly retries?: RetryPolicy;
  /** A connection on which nothing moves for so long is broken. */
  readonly idleMs?: number;
}

/** Requests to Google as one account; nothing is sent before the first one. */
export interface GoogleConnection extends Disposable {
  readonly client: GoogleClient;
  readonly token: AccessToken;
}

/** A connection whose token must have one of the scopes (short names); left out: one of Drive's that can write. */
export function openGoogle(
  options: GoogleOptions,
  scopes?: readonly [string, ...string[]],
): GoogleConnection {
  const { clock = systemClock, logger, retries: policy = googleRetries, credentials } = options;
  const tokenURL = options.rootURL
    ? new URL('/token', options.rootURL)
    : new URL('https://oauth2.googleapis.com/token');
  const waiting: Waiting = {
    clock,
    policy,
    onWait: ({ error }, waitMs) =>
      logger.debug({ reason: error.reason, waitMs: Math.round(waitMs) }, `${error.message} Trying again.`),
  };
  const transport = new HTTPTransport({ proxy: options.proxy, idleMs: options.idleMs });
  const token = new AccessToken({
    ...{ credentials, tokenURL, transport, clock, waiting },
    ...(scopes && { scopes }),
  });
  return {
    client: new GoogleClient({ transport, token, clock, waiting }),
    token,
    [Symbol.dispose]() {
      token[Symbol.dispose]();
      transport[Symbol.dispose]();
    },
  };
}
