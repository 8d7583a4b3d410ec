import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Where to listen; without a host on every address, port 0 for any that is free. */
export interface ListenAddress {
  readonly host?: string | undefined;
  readonly port: number;
}

/** Disposing of it closes it. */
export interface PageServer extends AsyncDisposable {
  readonly port: number;
}

/** Serves pages by path, each made anew for every GET, to anybody who can reach the address. */
export async function servePages(
  { host, port }: ListenAddress,
  pages: Readonly<Record<string, () => Page | Promise<Page>>>,
): Promise<PageServer> {
  const server = createServer({ requestTimeout: 10_000 }, async (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const make = Object.hasOwn(pages, path) ? pages[path] : undefined;
    try {
      if (!make) send(response, { status: 404, type: 'text/plain', text: 'Not found.\n' });
      else if (request.method === 'GET' || request.method === 'HEAD') send(response, await make());
      else send(response, { status: 405, type: 'text/plain', text: 'Only GET.\n' });
    } catch {
      send(response, { status: 500, type: 'text/plain', text: 'Internal error.\n' });
    }
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status, type, text }: Page): void {
  response.writeHead(status, { 'Content-Type': type }).end(text);
}
