import http from 'node:http';
import https from 'node:https';

/** Where requests to https URLs go through; undefined fields mean directly. Both as in HTTPS_PROXY and NO_PROXY. */
export interface ProxySettings {
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/** One request. The body's buffers must not change until the promise settles. */
export interface HTTPRequest {
  readonly method: string;
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
  readonly signal: AbortSignal;
}

/** Status, headers and the whole (short) body. */
export interface HTTPAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer whose body is still to be read. */
export interface StreamedAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly stream: http.IncomingMessage;
}

/** No answer came: `code` is the error code of Node. The message of the cause is not for people. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: string;
  constructor(code: string, cause?: unknown) {
    super(`No answer: ${code}.`, { cause });
    this.code = code;
  }
}

const longestBody = 32 * 1024 * 1024;

/**
 * HTTP and HTTPS with kept-alive connections, through a CONNECT proxy where one is set. Redirects are answers,
 * never followed. Extra CAs come from NODE_EXTRA_CA_CERTS. A connection on which nothing moves for `idleMs` is
 * closed. Throws NetworkError, or the signal's reason.
 */
export class HTTPTransport implements Disposable {
  readonly #plain: http.Agent;
  readonly #secure: https.Agent;
  readonly #idleMs: number;

  constructor(options: { proxy?: ProxySettings | undefined; idleMs?: number | undefined } = {}) {
    this.#plain = new http.Agent({ keepAlive: true });
    // Without proxyEnv an agent goes directly, whatever the environment says.
    const proxyEnv: Record<string, string> = {};
    if (options.proxy?.httpsProxy) proxyEnv.HTTPS_PROXY = options.proxy.httpsProxy;
    if (options.proxy?.noProxy) proxyEnv.NO_PROXY = options.proxy.noProxy;
    this.#secure = new https.Agent({ keepAlive: true, proxyEnv });
    this.#idleMs = options.idleMs ?? 120_000;
  }

  /** Sends and reads the whole answer. */
  async send(request: HTTPRequest): Promise<HTTPAnswer> {
    const { status, headers, stream } = await this.open(request);
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of stream as AsyncIterable<Buffer>) {
        parts.push(part);
        bytes += part.length;
        if (bytes > longestBody) throw new NetworkError('ERR_ANSWER_TOO_LONG');
      }
    } catch (error) {
      throw settled(error, request.signal);
    }
    return { status, headers, body: Buffer.concat(parts) };
  }

  /** Sends and resolves with the head of the answer. The caller reads or destroys the stream. */
  open(request: HTTPRequest): Promise<StreamedAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<StreamedAnswer>();
    if (request.signal.aborted) return Promise.reject(request.signal.reason);
    const url = new URL(request.url);
    const body = request.body ?? [];
    const length = body.reduce((sum, part) => sum + part.length, 0);
    const secure = url.protocol === 'https:';
    const sent = (secure ? https : http).request(url, {
      agent: secure ? this.#secure : this.#plain,
      method: request.method,
      headers: {
        'User-Agent': 'database-backup-operator',
        ...request.headers,
        ...(request.body ? { 'Content-Length': String(length) } : {}),
      },
      timeout: this.#idleMs,
    });
    const stop = () => sent.destroy(new Error('aborted'));
    request.signal.addEventListener('abort', stop, { once: true });
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('idle'), { code: 'ETIMEDOUT' })));
    sent.on('close', () => request.signal.removeEventListener('abort', stop));
    sent.on('error', (error) => reject(settled(error, request.signal)));
    sent.on('response', (stream) => {
      resolve({ status: stream.statusCode ?? 0, headers: stream.headers, stream });
      // An answer to a half-sent body: the connection is of no more use.
      stream.on('end', () => {
        if (!sent.writableFinished) sent.destroy();
      });
    });
    for (const part of body) sent.write(part);
    sent.end();
    return promise;
  }

  [Symbol.dispose](): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}

function settled(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof NetworkError) return error;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  return new NetworkError(code, error);
}
