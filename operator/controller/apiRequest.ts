import type { Dispatcher } from 'undici';
import type { ApiConnection } from './apiConnection.ts';
import { type BackoffPolicy, backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { DeadlineExceededError, withDeadline } from './deadline.ts';
import { ApiError } from './kubernetesClient.ts';
import { refusal } from './refusal.ts';

/** One request, before the API server's own address and credentials are added. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object | undefined;
  readonly contentType?: string;
}

/** Who looks on. A request that is tried again is a request each time. */
export interface RequestHooks {
  /** Before the request goes out. */
  readonly onRequest?: (request: ApiRequest) => void;
  /** The head of the answer is here; status 0: none came. */
  readonly onAnswer?: (request: ApiRequest, status: number) => void;
  /** After the answer to a request other than GET, before anybody acts on it; awaited. */
  readonly onWrite?: (request: ApiRequest, status: number) => void | Promise<void>;
}

export interface RequestSettings extends RequestHooks {
  readonly clock: Clock;
  readonly random: () => number;
  readonly userAgent: string;
  /** Of one try: until the last byte of the answer, for a watch until its head. */
  readonly timeoutMs: number;
  readonly retries: RetryPolicy;
}

export interface RetryPolicy extends BackoffPolicy {
  readonly tries: number;
  /** No try begins later than this after the first one began. */
  readonly limitMs: number;
}

const worthRetrying = new Set([0, 429, 500, 502, 503, 504]);

interface Failure {
  readonly error: ApiError;
  readonly afterMs: number;
}

/** Sends requests to the API server and makes ApiErrors of what it refuses. */
export class ApiRequests {
  /** When something last came from the API server, by the monotonic clock. */
  lastContact: number | undefined;
  readonly #connection: ApiConnection;
  readonly #settings: RequestSettings;
  #closed = false;

  constructor(connection: ApiConnection, settings: RequestSettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /** The whole answer, tried again while that may help. Throws ApiError, or the signal's reason. */
  async send(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    const { clock, retries, random } = this.#settings;
    const start = clock.monotonic();
    for (let tries = 1; ; tries += 1) {
      const result = await this.#try(request, signal);
      if (!('error' in result)) return result.answer;
      const { error, afterMs } = result;
      const waitMs = Math.max(afterMs, backoffMs(retries, tries, random));
      const isLate = clock.monotonic() + waitMs > start + retries.limitMs;
      if (!worthRetrying.has(error.status) || tries >= retries.tries || isLate || this.#closed) throw error;
      await clock.sleep(waitMs, signal);
    }
  }

  /** The bytes of a successful answer as they come, for as long as they come. One try. */
  async *stream(
    request: ApiRequest,
    signal: AbortSignal,
    onOpen?: () => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { clock, timeoutMs } = this.#settings;
    signal.throwIfAborted();
    const stop = new AbortController();
    const passOn = () => stop.abort(signal.reason);
    signal.addEventListener('abort', passOn, { once: true });
    const cancel = clock.schedule(timeoutMs, () => stop.abort(new DeadlineExceededError(timeoutMs)));
    try {
      const answer = await this.#open(request, stop.signal);
      if (answer.statusCode !== 200) {
        const told = refusal(answer.statusCode, await answer.body.text());
        throw new ApiError(named(request), told);
      }
      cancel();
      onOpen?.();
      for await (const bytes of answer.body as AsyncIterable<Uint8Array>) {
        this.lastContact = clock.monotonic();
        yield bytes;
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof ApiError ? error : noAnswer(request, error);
    } finally {
      cancel();
      signal.removeEventListener('abort', passOn);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection.close();
  }

  async #try(request: ApiRequest, signal: AbortSignal): Promise<{ answer: unknown } | Failure> {
    const { clock, timeoutMs, onWrite } = this.#settings;
    try {
      const attempt = async (limited: AbortSignal) => {
        const answer = await this.#open(request, limited);
        return { ...answer, text: await answer.body.text() };
      };
      const { statusCode, headers, text } = await withDeadline(timeoutMs, attempt, { clock, signal });
      this.lastContact = clock.monotonic();
      if (request.method !== 'GET') await onWrite?.(request, statusCode);
      if (statusCode >= 200 && statusCode < 300) return { answer: json(request, statusCode, text) };
      const error = new ApiError(named(request), refusal(statusCode, text));
      return { error, afterMs: retryAfterMs(headers['retry-after'], clock) };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof ApiError) return { error, afterMs: 0 };
      return { error: noAnswer(request, error), afterMs: 0 };
    }
  }

  async #open(request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const first = await this.#openOnce(request, signal);
    if (first.answer.statusCode !== 401) return first.answer;
    await first.answer.body.dump();
    this.#connection.renew(first.generation);
    return (await this.#openOnce(request, signal)).answer;
  }

  async #openOnce(request: ApiRequest, signal: AbortSignal) {
    const { onRequest, onAnswer, userAgent, clock } = this.#settings;
    const { method, path, body, contentType = 'application/json' } = request;
    onRequest?.(request);
    try {
      const { origin, basePath, dispatcher, headers, generation } = await this.#connection.access();
      const answer = await dispatcher.request({
        origin,
        path: `${basePath}${path}${queryOf(request)}`,
        method,
        headers: {
          ...headers,
          'User-Agent': userAgent,
          Accept: 'application/json',
          'Accept-Encoding': 'identity',
          ...(body && { 'Content-Type': contentType }),
        },
        body: body ? JSON.stringify(body) : null,
        signal,
        // Our own deadlines are kept around this.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      this.lastContact = clock.monotonic();
      onAnswer?.(request, answer.statusCode);
      return { answer, generation };
    } catch (error) {
      onAnswer?.(request, 0);
      throw error;
    }
  }
}

function queryOf({ query }: ApiRequest): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length > 0 ? `?${new URLSearchParams(given)}` : '';
}

function named({ method, path }: ApiRequest): string {
  return `${method} ${path}`;
}

function json(request: ApiRequest, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the body.
    throw new ApiError(named(request), { status, reason: 'NotJSON' });
  }
}

function noAnswer(request: ApiRequest, error: unknown): ApiError {
  const facts = { status: 0, reason: failureWord(error) };
  // What an exec plugin printed is a token: a parser's message would quote it.
  return new ApiError(named(request), facts, error instanceof SyntaxError ? {} : { cause: error });
}

function failureWord(error: unknown): string {
  if (error instanceof DeadlineExceededError) return 'Timeout';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'NoAnswer';
}

/** Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(header: string | string[] | undefined, clock: Clock): number {
  if (typeof header !== 'string') return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - clock.now().getTime();
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}
