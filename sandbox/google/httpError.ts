/** An answer that refuses: thrown by a handler, sent as it is by the server. `body` is complete text. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, body: string, headers: Readonly<Record<string, string>>) {
    super(`HTTP ${status}: ${body.slice(0, 200)}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** The connection ended on purpose or by the client: there is nobody left to answer. */
export class ConnectionGone extends Error {
  override readonly name = 'ConnectionGone';
}

/** What Google's upload servers say: plain text, no JSON. */
export function uploadError(status: number, text: string): HttpError {
  return new HttpError(status, text, { 'Content-Type': 'text/plain; charset=utf-8' });
}

/** An OAuth error (RFC 6749, 5.2) as Google's token endpoint words it. */
export function oauthError(status: number, error: string, description?: string): HttpError {
  const body = description === undefined ? { error } : { error, error_description: description };
  return new HttpError(status, JSON.stringify(body, undefined, 2), {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate',
  });
}
