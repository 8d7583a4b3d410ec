import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BackupError } from '../../crds/failureReason.ts';
import { closingPage } from './closingPage.ts';

/** A page for the browser: what the login made of the address that it was sent to. */
export interface PageForBrowser {
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

const host = '127.0.0.1';

/**
 * Listens on 127.0.0.1 for Google's answer, which the browser carries: `answered` gets the query of each GET /
 * and gives the page to show. RFC 8252, 7.3. Throws InvalidSpec if the port cannot be had.
 */
export class LoopbackServer implements AsyncDisposable {
  readonly #server: Server;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://${host}:${(server.address() as AddressInfo).port}`;
  }

  /** Port 0 stands for any free one. */
  static async listen(
    port: number,
    answered: (query: URLSearchParams) => PageForBrowser,
  ): Promise<LoopbackServer> {
    const server = createServer((request, response) => {
      const url = URL.parse(request.url ?? '', `http://${host}`);
      if (request.method !== 'GET' || url?.pathname !== '/' || !url.search) {
        send(response, { status: 404, title: 'Not found', text: 'There is nothing here.' });
      } else {
        send(response, answered(url.searchParams));
      }
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(port, host, resolve);
    try {
      await promise;
    } catch (cause) {
      throw new BackupError(
        'InvalidSpec',
        `Port ${port} of ${host} cannot be had (${(cause as NodeJS.ErrnoException).code}): choose another --port, or leave it out.`,
        { cause },
      );
    }
    return new LoopbackServer(server);
  }

  /** Ends when the pages under way are sent. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeIdleConnections();
    // A browser may keep a second connection open on which it asks nothing.
    const giveUp = setTimeout(() => this.#server.closeAllConnections(), 1_000);
    await promise;
    clearTimeout(giveUp);
  }
}

function send(response: ServerResponse, page: PageForBrowser): void {
  response.writeHead(page.status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    Connection: 'close',
  });
  response.end(closingPage(page.title, page.text));
}
