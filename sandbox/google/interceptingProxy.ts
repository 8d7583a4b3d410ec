import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { throwAwayCertificate } from './throwAwayCertificate.ts';

/** A proxy that runs. */
export interface InterceptingProxy extends AsyncDisposable {
  /** For HTTPS_PROXY. */
  readonly url: string;
  /** The authority to trust, PEM: `--ca-cert`, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  /** `host:port` of every tunnel that was asked for. */
  readonly tunnels: readonly string[];
  stop(): Promise<void>;
}

const hosts = ['www.googleapis.com', '*.googleapis.com', 'accounts.google.com', '*.google.com'];

/**
 * A CONNECT proxy for clients whose Google address is built in: it ends TLS with a throw-away certificate and hands
 * the bytes on to `target` (http://host:port) as they are, whatever host was meant. HTTP/1.1 only. Needs openssl.
 */
export async function startInterceptingProxy(options: {
  target: string;
  /** For the certificates; made if it is missing. */
  directory: string;
}): Promise<InterceptingProxy> {
  await mkdir(options.directory, { recursive: true });
  const { key, certificate, caFile } = await throwAwayCertificate(options.directory, hosts);
  const secureContext = createSecureContext({ key, cert: certificate });
  const target = new URL(options.target);
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();

  const server = createServer((_, response) => {
    response.writeHead(501).end('This proxy tunnels HTTPS only.');
  });
  server.on('connect', (request, socket: Socket, head: Buffer) => {
    tunnels.push(request.url ?? '');
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    const plain = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
    const upstream = connect(Number(target.port), target.hostname);
    for (const one of [socket, upstream]) {
      sockets.add(one);
      one.once('close', () => sockets.delete(one));
    }
    upstream.setNoDelay(true);
    // An end on one side ends the other; errors are the business of the two who talk.
    const end = () => {
      plain.destroy();
      upstream.destroy();
    };
    socket.once('error', end);
    pipeline(plain, upstream, (error) => error && end());
    pipeline(upstream, plain, (error) => error && end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, caFile, tunnels, stop, [Symbol.asyncDispose]: stop };
}
