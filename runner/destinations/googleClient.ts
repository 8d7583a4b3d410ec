import type { AccessToken } from './accessToken.ts';
import type { Clock } from './clock.ts';
import { type Attempt, answerError, networkError } from './googleErrors.ts';
import type { HTTPAnswer, HTTPRequest, HTTPTransport, StreamedAnswer } from './httpTransport.ts';
import { retry, type Waiting } from './retry.ts';

/** Requests to Google with an access token. */
export class GoogleClient {
  readonly #transport: HTTPTransport;
  readonly #token: AccessToken;
  readonly clock: Clock;
  readonly waiting: Waiting;

  constructor(options: { transport: HTTPTransport; token: AccessToken; clock: Clock; waiting: Waiting }) {
    this.#transport = options.transport;
    this.#token = options.token;
    this.clock = options.clock;
    this.waiting = options.waiting;
  }

  /**
   * One request, whatever the status of its answer; after a 401 the same once more with a new token. Throws
   * TransientError where no answer came, BackupError where no token can be had.
   */
  send(request: HTTPRequest, attempt: Attempt): Promise<HTTPAnswer> {
    return this.#authorized(request, attempt, (authorized) => this.#transport.send(authorized));
  }

  /** Like send, but the body of the answer is left to the caller. */
  open(request: HTTPRequest, attempt: Attempt): Promise<StreamedAnswer> {
    return this.#authorized(request, attempt, async (authorized) => {
      const answer = await this.#transport.open(authorized);
      if (answer.status === 401) answer.stream.resume();
      return answer;
    });
  }

  /** Sends and tries again as googleErrors.ts says, until the answer is a 2xx; throws BackupError. */
  request(request: HTTPRequest, attempt: Attempt): Promise<HTTPAnswer> {
    return retry(() => this.expect(request, attempt), this.waiting, request.signal);
  }

  /** Sends once and throws TransientError or BackupError unless the answer is a 2xx. */
  async expect(request: HTTPRequest, attempt: Attempt): Promise<HTTPAnswer> {
    const answer = await this.send(request, attempt);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw answerError(answer, attempt, this.clock.now());
  }

  async #authorized<A extends { readonly status: number }>(
    request: HTTPRequest,
    attempt: Attempt,
    send: (request: HTTPRequest) => Promise<A>,
  ): Promise<A> {
    const withToken = (token: string): HTTPRequest => ({
      ...request,
      headers: { ...request.headers, Authorization: `Bearer ${token}` },
    });
    const token = await this.#token.get(request.signal);
    try {
      const answer = await send(withToken(token));
      if (answer.status !== 401) return answer;
      return await send(withToken(await this.#token.replace(token, request.signal)));
    } catch (error) {
      throw networkError(error, new URL(request.url).host, attempt);
    }
  }
}
