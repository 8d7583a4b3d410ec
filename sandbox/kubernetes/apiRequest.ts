import { request } from 'node:https';

/** Where an API server is and how its administrator comes in: PEM texts. */
export interface ApiAccess {
  serverURL: string;
  ca: string;
  cert: string;
  key: string;
}

/** What the API server answered; `body` is its text. */
export interface ApiAnswer {
  status: number;
  body: string;
}

/** One request on a connection of its own, with `body` as JSON; rejects if there is no answer. */
export function apiRequest(
  { serverURL, ca, cert, key }: ApiAccess,
  method: string,
  path: string,
  body?: unknown,
): Promise<ApiAnswer> {
  return new Promise((done, fail) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const options = { method, headers, ca, cert, key, agent: false, timeout: 10_000 } as const;
    const sent = request(new URL(path, serverURL), options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', fail);
      response.on('end', () => done({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`${serverURL} did not answer in 10 s.`)));
    sent.on('error', fail);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
