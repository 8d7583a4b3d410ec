import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A request on its way to the server behind; the body is whole. */
export interface PassingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer on its way back. */
export interface PassingAnswer {
  status: number;
  headers: Headers;
  body: Buffer;
  /** Breaks the connection after so many bytes of the body. */
  cutAfter?: number;
}

/**
 * A server in front of another one that may alter what comes back; its own URL. For what the fake is too strict to
 * answer. Addresses in Location are made its own. With a key and certificate for `localhost` it speaks TLS.
 */
export async function alteringServer(
  t: TestContext,
  behind: string,
  alter: (request: PassingRequest, answer: PassingAnswer) => void,
  tls?: { key: string; cert: string },
): Promise<string> {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { method = 'GET', url = '/', headers } = request;
      const passing = { method, url, headers, body: Buffer.concat(parts) };
      const answer = await pass(behind, passing);
      const location = answer.headers.get('location');
      if (location) answer.headers.set('location', location.replace(behind, own));
      alter(passing, answer);
      response.writeHead(answer.status, {
        ...Object.fromEntries(answer.headers),
        'content-length': answer.body.length,
      });
      if (answer.cutAfter === undefined) response.end(answer.body);
      else response.write(answer.body.subarray(0, answer.cutAfter), () => response.destroy());
    } catch {
      response.destroy();
    }
  };
  const server = tls ? createSecureServer(tls, handle) : createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, tls ? 'localhost' : '127.0.0.1', resolve));
  const own = `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return own;
}

async function pass(behind: string, { method, url, headers, body }: PassingRequest): Promise<PassingAnswer> {
  const sent = new Headers();
  for (const name of ['authorization', 'content-type', 'content-range', 'range', 'x-upload-content-type']) {
    const value = headers[name];
    if (typeof value === 'string') sent.set(name, value);
  }
  const response = await fetch(new URL(url, behind), {
    method,
    headers: sent,
    redirect: 'manual',
    ...(method === 'GET' ? {} : { body: new Uint8Array(body) }),
  });
  const answer = Buffer.from(await response.arrayBuffer());
  const received = new Headers(response.headers);
  for (const name of ['transfer-encoding', 'connection', 'keep-alive']) received.delete(name);
  return { status: response.status, headers: received, body: answer };
}
