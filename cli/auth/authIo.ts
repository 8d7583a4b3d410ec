import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../runner/destinations/clock.ts';
import type { ProxySettings } from '../../runner/destinations/httpTransport.ts';

/** What the auth commands need from outside. */
export interface AuthIO {
  readonly stdin: Readable;
  /** Takes the Secret manifest and nothing else. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** Takes everything that is said to the person. */
  readonly stderr: Writable;
  /** Root of every Google endpoint where it is not Google itself (DBBACKUP_GOOGLE_URL). */
  readonly googleURL?: string | undefined;
  readonly proxy?: ProxySettings | undefined;
  /** Opens the address in the person's browser; may reject. */
  readonly openBrowser: (url: string) => Promise<unknown>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Says one line to the person. */
export function say(io: Pick<AuthIO, 'stderr'>, line: string): void {
  io.stderr.write(`${line}\n`);
}
