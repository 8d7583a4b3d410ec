import { BackupError } from '../../crds/failureReason.ts';
import type { Clock } from './clock.ts';
import type { GoogleCredentials } from './googleCredentials.ts';
import { networkError, tokenError } from './googleErrors.ts';
import type { HTTPAnswer, HTTPTransport } from './httpTransport.ts';
import { missingScope } from './missingScope.ts';
import { retry, type Waiting } from './retry.ts';

/** What an access token comes from and through. */
export interface AccessTokenOptions {
  readonly credentials: GoogleCredentials;
  /** Google's token endpoint. */
  readonly tokenURL: URL;
  readonly transport: HTTPTransport;
  readonly clock: Clock;
  readonly waiting: Waiting;
  /** Short names of the scopes of which one will do; the first is the one to ask for. */
  readonly scopes?: readonly [string, ...string[]];
}

// A token that ends within this time could run out on its way.
const marginMs = 120_000;
const attempt = { what: 'be reached for an access token' };
const scopeRoot = 'https://www.googleapis.com/auth/';
const driveScopes = ['drive.file', 'drive'] as const;

/**
 * Access tokens, kept in memory only: renewed before they run out, one refresh at a time. Our own request, since
 * errors of google-auth-library carry the whole request with its secrets.
 * https://developers.google.com/identity/protocols/oauth2/web-server#offline
 */
export class AccessToken implements Disposable {
  readonly #options: AccessTokenOptions;
  readonly #closed = new AbortController();
  #token: { text: string; freshUntil: number } | undefined;
  #refreshing: Promise<string> | undefined;
  #refreshTokenExpiresAt: Date | undefined;

  constructor(options: AccessTokenOptions) {
    this.#options = options;
    this.#refreshTokenExpiresAt = options.credentials.refreshTokenExpiresAt;
  }

  /** When the refresh token ends: from the credentials, or from Google, who tells it for some. */
  get refreshTokenExpiresAt(): Date | undefined {
    return this.#refreshTokenExpiresAt;
  }

  /** A token that is good for two minutes at least. Throws TokenExpired, ClientInvalid, ScopeMissing, UploadFailed. */
  async get(signal: AbortSignal): Promise<string> {
    const now = this.#options.clock.now().getTime();
    if (this.#token && now < this.#token.freshUntil) return this.#token.text;
    return this.#refresh(signal);
  }

  /** A new token after Google refused this one; callers with the same stale token share one refresh. */
  async replace(stale: string, signal: AbortSignal): Promise<string> {
    if (this.#token?.text === stale) this.#token = undefined;
    return this.get(signal);
  }

  [Symbol.dispose](): void {
    this.#closed.abort(new BackupError('Interrupted', 'The connection to Google Drive was closed.'));
  }

  // The refresh is shared, so no single caller's signal may end it.
  async #refresh(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.#refreshing ??= retry(() => this.#request(), this.#options.waiting, this.#closed.signal).finally(
      () => {
        this.#refreshing = undefined;
      },
    );
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([this.#refreshing, promise]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #request(): Promise<string> {
    const { credentials, tokenURL, transport, clock } = this.#options;
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: credentials.clientID,
      client_secret: credentials.clientSecret,
      refresh_token: credentials.refreshToken,
    });
    const asked = clock.now().getTime();
    let answer: HTTPAnswer;
    try {
      answer = await transport.send({
        method: 'POST',
        url: tokenURL,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: [Buffer.from(form.toString())],
        signal: this.#closed.signal,
      });
    } catch (error) {
      throw networkError(error, tokenURL.host, attempt);
    }
    if (answer.status !== 200) throw tokenError(answer, clock.now());
    return this.#accept(answer.body, asked);
  }

  #accept(body: Buffer, asked: number): string {
    let fields: Record<string, unknown> = {};
    try {
      fields = { ...JSON.parse(body.toString()) };
    } catch {
      // Falls through to the missing token.
    }
    const { access_token: text, expires_in: seconds, scope } = fields;
    if (typeof text !== 'string' || text === '') {
      throw new BackupError('UploadFailed', 'Google answered the token request without an access token.');
    }
    const { scopes = driveScopes } = this.#options;
    if (typeof scope === 'string' && !scopes.some((name) => scope.split(' ').includes(scopeRoot + name))) {
      throw new BackupError('ScopeMissing', `${missingScope(scopes[0])}.`);
    }
    const ends = fields.refresh_token_expires_in;
    if (typeof ends === 'number') this.#refreshTokenExpiresAt = new Date(asked + ends * 1000);
    const lifeMs = (typeof seconds === 'number' ? seconds : 3600) * 1000;
    this.#token = { text, freshUntil: asked + Math.max(lifeMs / 2, lifeMs - marginMs) };
    return text;
  }
}
