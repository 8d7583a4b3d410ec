import type { drive_v3 } from '@googleapis/drive';
import type { GoogleClient } from './googleClient.ts';
import type { Attempt } from './googleErrors.ts';
import type { HTTPAnswer } from './httpTransport.ts';
import { jsonAnswer } from './jsonAnswer.ts';
import { retry } from './retry.ts';

type CallOptions = Pick<drive_v3.Options, 'adapter' | 'retry'>;
type Adapter = NonNullable<CallOptions['adapter']>;

/** What a call of the API gave: its JSON, and the answer for the headers. */
export interface DriveAnswer<T> {
  readonly data: T;
  readonly answer: HTTPAnswer;
}

/**
 * @googleapis/drive for its typed calls, over our own client: its transport would retry by its own rules, read the
 * proxy from the environment and keep the token in its errors.
 */
export class DriveAPI {
  readonly #client: GoogleClient;
  readonly #rootURL: string;
  #loaded: Promise<drive_v3.Drive> | undefined;

  constructor(client: GoogleClient, rootURL: string) {
    this.#client = client;
    this.#rootURL = rootURL;
  }

  /** Makes the call, again while googleErrors.ts finds that worth it. Throws BackupError. */
  call<T>(
    attempt: Attempt,
    signal: AbortSignal,
    call: (api: drive_v3.Drive, options: CallOptions) => Promise<{ data: T }>,
  ): Promise<DriveAnswer<T>> {
    return retry(() => this.once(attempt, signal, call), this.#client.waiting, signal);
  }

  /** The same without a second try; also throws TransientError. */
  async once<T>(
    attempt: Attempt,
    signal: AbortSignal,
    call: (api: drive_v3.Drive, options: CallOptions) => Promise<{ data: T }>,
  ): Promise<DriveAnswer<T>> {
    this.#loaded ??= load(this.#rootURL);
    const api = await this.#loaded;
    let answer: HTTPAnswer | undefined;
    let failure: unknown;
    const adapter = async (request: Parameters<Adapter>[0]): Promise<unknown> => {
      try {
        const { body } = request;
        answer = await this.#client.expect(
          {
            method: request.method ?? 'GET',
            url: request.url,
            headers: typeof body === 'string' ? { 'Content-Type': 'application/json; charset=UTF-8' } : {},
            ...(typeof body === 'string' ? { body: [Buffer.from(body)] } : {}),
            signal,
          },
          attempt,
        );
        return {
          config: request,
          data: jsonAnswer(answer.body, attempt),
          headers: new Headers(),
          status: answer.status,
        };
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    try {
      const { data } = await call(api, { adapter: adapter as Adapter, retry: false });
      if (answer === undefined) throw new Error('The API made no request.');
      return { data, answer };
    } catch (error) {
      // gaxios wraps what its adapter throws.
      throw failure ?? error;
    }
  }
}

// Loading takes 94 ms, so it waits for the first call.
async function load(rootURL: string): Promise<drive_v3.Drive> {
  const { drive } = await import('@googleapis/drive');
  return drive({ version: 'v3', rootUrl: rootURL });
}
