import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { htmlPart, listPage, mailPage } from './inboxPages.ts';
import type { ReceivedMail } from './receivedMail.ts';

// The mails come from programs under test: no script runs, nothing is fetched, whatever they hold.
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const pagePolicy = `${policy}; frame-src 'self'; base-uri 'none'`;
const mailPolicy = `${policy}; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox`;

/**
 * Serves the inbox on 127.0.0.1: `/` the list, `/mail/1` one mail, `/mail/1/html` its HTML part,
 * `/mail/1/raw` its bytes, `/messages.json` all of them for programs.
 */
export async function startInbox(
  messages: () => ReceivedMail[],
  port: number,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://inbox');
    const [, number, part] = /^\/mail\/(\d+)(\/raw|\/html)?$/.exec(pathname) ?? [];
    const mail = number === undefined ? undefined : messages()[Number(number) - 1];
    if (pathname === '/') send(response, 200, 'text/html', listPage(messages()));
    else if (pathname === '/messages.json') send(response, 200, 'application/json', json(messages()));
    else if (!mail) send(response, 404, 'text/plain', 'There is no such page.');
    else if (part === '/html') send(response, 200, 'text/html', htmlPart(mail), mailPolicy);
    else if (part === '/raw') send(response, 200, 'text/plain', Buffer.from(mail.raw, 'latin1'));
    else send(response, 200, 'text/html', mailPage(mail));
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

function json(mails: ReceivedMail[]): string {
  return JSON.stringify(mails.map(({ attachments: _attachments, ...mail }) => mail));
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  contentPolicy = pagePolicy,
): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': contentPolicy,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(body);
}
