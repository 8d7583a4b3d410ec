import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ClusterAccess } from './access.ts';

/** A request that changed something, or wanted to: its method, path, and the status of the answer. */
export interface ProxiedWrite {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** A proxy before the API server: whoever uses its address can be cut off and watched without knowing. */
export interface ApiProxy extends AsyncDisposable {
  /** For the `server` of a kubeconfig. */
  readonly url: string;
  /** Every write so far whose answer has arrived, in order. */
  readonly writes: readonly ProxiedWrite[];
  /** All requests so far, by method: `GET` and `WATCH` count apart. */
  readonly requests: ReadonlyMap<string, number>;
  /** Called when the API server has answered a write, before the answer is passed on. */
  onWrite: ((write: ProxiedWrite) => void) | undefined;
  /** Called when that answer has been passed on. */
  afterWrite: ((write: ProxiedWrite) => void) | undefined;
  /** Connections to it that are open now. */
  connections(): number;
  /** Breaks every connection that there is; new ones work. */
  resetConnections(): void;
  /** While cut off, nothing is answered and no connection is made: packets seem to be lost. */
  cutOff(isCut: boolean): void;
  stop(): Promise<void>;
}

/** Starts a proxy on 127.0.0.1. It speaks plain HTTP and passes tokens on: for tests alone. */
export async function startApiProxy(cluster: ClusterAccess): Promise<ApiProxy> {
  const upstream = new URL(cluster.serverURL);
  const agent = new Agent({ ca: cluster.authority.ca, keepAlive: true, maxSockets: 64 });
  const writes: ProxiedWrite[] = [];
  const requests = new Map<string, number>();
  const sockets = new Set<Socket>();
  let isCut = false;
  const proxy: Pick<ApiProxy, 'onWrite' | 'afterWrite'> = { onWrite: undefined, afterWrite: undefined };

  const server = createServer((incoming, outgoing) => {
    if (isCut) return;
    const { method = 'GET', url: path = '/' } = incoming;
    const kind = /[?&]watch=(true|1)/.test(path) ? 'WATCH' : method;
    requests.set(kind, (requests.get(kind) ?? 0) + 1);
    const options: RequestOptions = {
      ...{ agent, method, path, host: upstream.hostname, port: upstream.port },
      headers: { ...incoming.headers, host: upstream.host },
    };
    const forward = (upstream.protocol === 'https:' ? httpsRequest : httpRequest)(options, (answer) => {
      if (method !== 'GET') {
        const write = { method, path, status: answer.statusCode ?? 0 };
        writes.push(write);
        proxy.onWrite?.(write);
        outgoing.once('finish', () => proxy.afterWrite?.(write));
      }
      pass(answer, outgoing, () => isCut);
    });
    forward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forward.destroy());
    incoming.pipe(forward);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
    agent.destroy();
  };
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ writes, requests, stop },
    connections: () => sockets.size,
    resetConnections() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    cutOff(cut: boolean) {
      isCut = cut;
      // What hung meanwhile would hang for ever: it breaks when the network is back.
      if (!cut) for (const socket of sockets) socket.resetAndDestroy();
    },
    [Symbol.asyncDispose]: stop,
  });
}

/** Passes an answer on as it arrives; while cut off it is held back. */
function pass(answer: IncomingMessage, outgoing: ServerResponse, isCut: () => boolean): void {
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  outgoing.flushHeaders();
  answer.on('data', (chunk: Buffer) => {
    if (isCut()) return;
    if (!outgoing.write(chunk)) {
      answer.pause();
      outgoing.once('drain', () => answer.resume());
    }
  });
  answer.on('end', () => {
    if (!isCut()) outgoing.end();
  });
  answer.on('error', () => outgoing.destroy());
  outgoing.on('error', () => answer.destroy());
}
