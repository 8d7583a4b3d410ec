import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FakeGoogle } from './fakeControls.ts';
import { type FakeGoogleOptions, startFakeGoogle } from './fakeGoogle.ts';

/** An answer with its body read; `json` is what the body parses to, if it does. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely and fail where they are wrong.
  readonly json: any;
}

/** Plain requests to one fake with one access token. */
export interface TestDrive {
  readonly fake: FakeGoogle;
  readonly token: string;
  /** `path` below the root, or a whole URL. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Starts a resumable upload, gives the session URI. */
  startUpload(metadata: object, headers?: Record<string, string>, query?: string): Promise<string>;
  /** PUTs to a session. */
  put(session: string, range: string | undefined, body?: Uint8Array): Promise<Answer>;
  /** A complete file, in one multipart request. */
  upload(metadata: object, content: string, fields?: string): Promise<Answer>;
}

interface RequestOptions {
  body?: string | Uint8Array | object;
  headers?: Record<string, string>;
  token?: string | null;
  signal?: AbortSignal;
}

/** A fake of its own for a test, stopped and removed after it; the test fails where the fake itself had an error. */
export async function testDrive(
  t: TestContext,
  options: Partial<FakeGoogleOptions> & { scope?: string } = {},
): Promise<TestDrive> {
  const directory = await mkdtemp(join(tmpdir(), 'fake-google-'));
  const fake = await startFakeGoogle({ directory, ...options });
  t.after(async () => {
    await fake.stop();
    await rm(directory, { recursive: true, force: true });
    for (const bug of fake.bugs) throw bug;
  });
  return driveWith(fake, fake.issueAccessToken({ scope: options.scope ?? 'drive.file' }));
}

/** The same for another token of a fake that runs already. */
export function driveWith(fake: FakeGoogle, token: string): TestDrive {
  const request: TestDrive['request'] = async (method, path, options = {}) => {
    const bearer = options.token === undefined ? token : options.token;
    const { body } = options;
    const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(path.startsWith('http') ? path : fake.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(raw ? {} : { 'Content-Type': 'application/json; charset=UTF-8' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    let json: unknown;
    try {
      json = JSON.parse(bytes.toString('utf8'));
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, body: bytes, json };
  };
  return {
    fake,
    token,
    request,
    startUpload: async (metadata, headers = {}, query = '') => {
      const path = `/upload/drive/v3/files?uploadType=resumable${query}`;
      const answer = await request('POST', path, { body: metadata, headers });
      const location = answer.headers.get('location');
      if (answer.status !== 200 || location === null) throw new Error(`${answer.status}: ${answer.body}`);
      return location;
    },
    put: (session, range, body = new Uint8Array()) =>
      request('PUT', session, { body, headers: range === undefined ? {} : { 'Content-Range': range } }),
    upload: (metadata, content, fields = '*') => {
      const body = [
        '--b1\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n',
        `${JSON.stringify(metadata)}\r\n--b1\r\nContent-Type: text/csv\r\n\r\n${content}\r\n--b1--`,
      ].join('');
      const path = `/upload/drive/v3/files?uploadType=multipart&fields=${fields}`;
      return request('POST', path, { body, headers: { 'Content-Type': 'multipart/related; boundary=b1' } });
    },
  };
}
