import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** Keys as PEM: the certificate that the server shows, and the CA whose clients it listens to. */
export interface KubeletKeys {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  readonly follow: boolean;
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
}

/** Pieces of a log; undefined where there is no such container. */
export type ReadLog = (request: LogRequest, signal: AbortSignal) => AsyncIterable<Buffer> | undefined;

export interface KubeletServer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * The part of the kubelet's API that `kubectl logs` comes to by way of the API server. `isAllowed` is asked for each
 * caller with a certificate of the CA.
 */
export async function startKubeletServer(
  keys: KubeletKeys,
  isAllowed: (user: string, groups: readonly string[], signal: AbortSignal) => Promise<boolean>,
  readLog: ReadLog,
): Promise<KubeletServer> {
  const server = createServer({ ...keys, requestCert: true }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const over = new AbortController();
    response.once('close', () => over.abort());
    const socket = request.socket as TLSSocket;
    if (!socket.authorized) return end(response, 401, 'Unauthorized');
    const { CN = '', O: groups = [] } = socket.getPeerCertificate().subject as {
      CN?: string;
      O?: string | string[];
    };
    if (!(await isAllowed(CN, [groups].flat(), over.signal))) return end(response, 403, 'Forbidden');
    const wish = logRequest(request);
    const log = wish && readLog(wish, over.signal);
    if (!log) return end(response, 404, 'not found');
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    for await (const piece of log) response.write(piece);
    response.end();
  }
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${text}\n`);
}

function logRequest({ url = '/' }: IncomingMessage): LogRequest | undefined {
  const { pathname, searchParams } = new URL(url, 'https://kubelet');
  const [, namespace, pod, container] = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
  if (namespace === undefined || pod === undefined || container === undefined) return undefined;
  const number = (name: string) => {
    const text = searchParams.get(name);
    return text === null ? undefined : Number(text);
  };
  return {
    ...{ namespace, pod, container },
    previous: searchParams.get('previous') === 'true',
    follow: searchParams.get('follow') === 'true',
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
  };
}
