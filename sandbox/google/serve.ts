import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Exchange } from './exchange.ts';
import type { Operation } from './faults.ts';
import type { GoogleState } from './googleState.ts';
import { ConnectionGone, HttpError } from './httpError.ts';
import { route } from './routes.ts';

/** A request that was answered, or dropped (status 0). Holds no query and no header, so no token either. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation | undefined;
  readonly status: number;
}

/** The server once it listens. */
export interface RunningServer {
  readonly url: string;
  readonly requests: LoggedRequest[];
  /** What went wrong within the fake itself; a test may check that it is empty. */
  readonly bugs: unknown[];
  stop(): Promise<void>;
}

/** Serves the fake on 127.0.0.1. */
export async function serve(state: GoogleState, port: number): Promise<RunningServer> {
  const requests: LoggedRequest[] = [];
  const bugs: unknown[] = [];
  const open = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = handle(request, response).finally(() => open.delete(work));
    open.add(work);
  });
  // A client may take its time, as uploads over slow lines do.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Writing to a client that has just gone is no error of ours.
    response.on('error', () => undefined);
    response.sendDate = false;
    response.setHeader('Date', state.now().toUTCString());
    const exchange = new Exchange(request, response, state.url, state.faults);
    let status = 0;
    try {
      await route(state, exchange);
      status = response.statusCode;
    } catch (error) {
      if (error instanceof HttpError) {
        status = error.status;
        await refuse(exchange, error);
      } else if (error instanceof ConnectionGone) {
        response.destroy();
      } else {
        bugs.push(error);
        response.destroy();
      }
    }
    const { method = '', url = '' } = request;
    requests.push({ method, path: url.replace(/\?.*/s, ''), operation: exchange.operation, status });
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await Promise.all(open);
  };
  return { url, requests, bugs, stop };
}

/** Reads what still comes before answering: many clients lose an answer that arrives while they send. */
async function refuse(exchange: Exchange, error: HttpError): Promise<void> {
  const { request, response } = exchange;
  if (!request.readableEnded && !request.destroyed) {
    const { promise, resolve } = Promise.withResolvers<void>();
    request
      .once('end', resolve)
      .once('close', resolve)
      .once('error', () => resolve())
      .resume();
    await promise;
  }
  if (response.destroyed) return;
  response.writeHead(error.status, {
    ...error.headers,
    'Content-Length': String(Buffer.byteLength(error.body)),
  });
  response.end(error.body);
}
