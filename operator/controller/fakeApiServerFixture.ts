import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { FakeObjects } from './fakeObjectsFixture.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: whatever the client sent
  readonly body: any;
  readonly socket: Socket;
}

/** Answers (or leaves hanging) the request and says true, or says false: not mine. Used up once it has said true. */
export type Fault = (request: SeenRequest, response: ServerResponse) => boolean;

export const token = 'token-of-the-tests';

/**
 * An API server over real sockets, strict about what a client must send, with faults put in by the test. It knows lists
 * in pages, watches, optimistic concurrency and AlreadyExists, and stores whatever it is given.
 */
export class FakeApiServer {
  readonly objects = new FakeObjects();
  readonly requests: SeenRequest[] = [];
  readonly faults: Fault[] = [];
  /** Asked before all others, and never used up. */
  outage: Fault | undefined;
  readonly sockets = new Set<Socket>();
  /** All that were ever opened. */
  connections = 0;
  acceptedToken = token;
  url = '';

  /** The methods and paths of what came, without what is between. */
  get lines(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }

  async start(t: TestContext): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
    server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** One answer for the next request. */
  answerNext(status: number, body: object | string, headers: Record<string, string> = {}): void {
    this.faults.push((_, response) => {
      answerJson(response, status, body, headers);
      return true;
    });
  }

  /** A watch that is under way breaks, in the middle of whatever it says. */
  breakConnections(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { pathname: path, searchParams: query } = new URL(incoming.url ?? '', this.url);
    const text = Buffer.concat(await incoming.toArray()).toString();
    const { method = '', headers, socket } = incoming;
    const body = text === '' ? undefined : JSON.parse(text);
    const request = { method, path, query, headers, body, socket };
    this.requests.push(request);
    if (this.outage?.(request, response)) return response;
    for (const [at, fault] of this.faults.entries()) {
      if (!fault(request, response)) continue;
      this.faults.splice(at, 1);
      return response;
    }
    if (headers.authorization !== `Bearer ${this.acceptedToken}`) {
      return answerStatus(response, 401, 'Unauthorized');
    }
    const isStrange =
      headers.accept !== 'application/json' ||
      headers['accept-encoding'] !== 'identity' ||
      (body !== undefined && headers['content-type'] === undefined);
    if (isStrange) return answerStatus(response, 400, 'BadRequest');
    return this.objects.answer(request, response);
  }
}

export async function startFakeApiServer(t: TestContext): Promise<FakeApiServer> {
  const server = new FakeApiServer();
  await server.start(t);
  return server;
}

/** A kubeconfig for the server; `user` says other than by the tests' token who is asking. */
export function kubeConfigOf(url: string, user: object = { token }): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'fake', server: url, skipTLSVerify: true }],
    users: [{ name: 'tester', ...user }],
    contexts: [{ name: 'fake', cluster: 'fake', user: 'tester' }],
    currentContext: 'fake',
  });
  return config;
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: object | string,
  headers: Record<string, string> = {},
): ServerResponse {
  return response
    .writeHead(status, { 'Content-Type': 'application/json', ...headers })
    .end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function answerStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  details?: object,
): ServerResponse {
  return answerJson(response, code, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason,
    code,
    details,
  });
}
