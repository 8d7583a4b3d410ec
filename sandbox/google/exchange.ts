import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { injectedError } from './driveError.ts';
import { type FaultEffect, type FaultSubject, type Faults, type Operation, ofSheets } from './faults.ts';
import { ConnectionGone, type HttpError, oauthError, uploadError } from './httpError.ts';
import { injectedSheetsError } from './sheets/sheetsError.ts';

/** What of the faults is left for the handler to act out. */
export interface HandlerFaults {
  /** Store only so much of the chunk. */
  storeLess?: number;
  /** Cut the connection after so many bytes. */
  dropAfter?: number;
  /** Answer with this error after so many bytes. */
  errorAfter?: { bytes: number; error: HttpError };
  sessionGone?: 404 | 410;
  bytesPerSecond?: number;
  incompleteSearch: boolean;
}

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly #faults: Faults;
  #cut: 'no' | 'instead' | 'half-way' = 'no';
  /** What is called when the work is done. */
  readonly #done: (() => unknown)[] = [];
  operation: Operation | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, root: string, faults: Faults) {
    this.request = request;
    this.response = response;
    this.url = new URL(`${root}${request.url ?? '/'}`);
    this.#faults = faults;
  }

  get query(): URLSearchParams {
    return this.url.searchParams;
  }

  /** The field mask that was asked for. An empty one counts as none: rclone sends it when it deletes. */
  get fields(): string | null {
    return this.query.get('fields') || null;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Meets the faults for this operation: those that strike before any work are acted out here. */
  async enter(operation: Operation, subject: FaultSubject = {}): Promise<HandlerFaults> {
    this.operation = operation;
    const left: HandlerFaults = { incompleteSearch: false };
    for (const fault of this.#faults.forRequest(operation, subject)) await this.#meet(fault, operation, left);
    return left;
  }

  async #meet(fault: FaultEffect, operation: Operation, left: HandlerFaults): Promise<void> {
    switch (fault.effect) {
      case 'error': {
        const error = faultError(operation, fault);
        if (fault.afterBytes === undefined) throw error;
        left.errorAfter = { bytes: fault.afterBytes, error };
        return;
      }
      case 'drop':
        if (fault.when === 'before') this.drop();
        if (fault.when === 'after') this.#cut = 'instead';
        else if (operation === 'uploadChunk' || operation === 'download')
          left.dropAfter = fault.afterBytes ?? 0;
        else this.#cut = 'half-way';
        return;
      case 'call':
        if (fault.when === 'before') await fault.call();
        else this.#done.push(fault.call);
        return;
      case 'hang':
        await this.#hang();
        return;
      case 'storeLess':
        left.storeLess = fault.bytes;
        return;
      case 'sessionGone':
        left.sessionGone = fault.status;
        return;
      case 'slow':
        left.bytesPerSecond = fault.bytesPerSecond;
        return;
      case 'incompleteSearch':
        left.incompleteSearch = true;
        return;
      default:
        throw new Error(`The effect ${fault.effect} belongs to a file, not to a request.`);
    }
  }

  /** Cuts the connection; never returns. */
  drop(): never {
    this.response.destroy();
    throw new ConnectionGone('The connection was dropped on purpose.');
  }

  async #hang(): Promise<never> {
    // Read what comes, so that only the answer is missing and not the reader.
    this.request.resume();
    await new Promise<void>((resolve) => {
      if (this.response.destroyed) resolve();
      else this.response.once('close', resolve);
    });
    throw new ConnectionGone('The client gave up waiting.');
  }

  /** Waits as long as so many bytes take at that speed; ends early with the connection. */
  async pace(bytes: number, bytesPerSecond: number): Promise<void> {
    if (this.response.destroyed) throw new ConnectionGone('The client gave up.');
    const controller = new AbortController();
    const stop = () => controller.abort();
    this.response.once('close', stop);
    try {
      await sleep((bytes / bytesPerSecond) * 1000, undefined, { signal: controller.signal });
    } catch (cause) {
      throw new ConnectionGone('The client gave up.', { cause });
    } finally {
      this.response.off('close', stop);
    }
  }

  /** Sends a complete answer, or cuts the connection where a fault said so: the work is done either way. */
  answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
    for (const call of this.#done) call();
    if (this.response.destroyed) throw new ConnectionGone('The client did not wait for the answer.');
    if (this.#cut === 'instead') this.drop();
    const bytes = Buffer.from(body);
    this.response.writeHead(status, { ...headers, 'Content-Length': String(bytes.length) });
    if (this.#cut === 'half-way') {
      this.response.write(bytes.subarray(0, bytes.length >> 1), () => this.response.destroy());
      throw new ConnectionGone('The connection was dropped within the answer.');
    }
    this.response.end(bytes);
  }

  /** Sends JSON. */
  answerJSON(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.answer(status, `${JSON.stringify(body, undefined, 1)}\n`, {
      'Content-Type': 'application/json; charset=UTF-8',
      ...headers,
    });
  }

  /** Sends a page for a person. */
  answerPage(status: number, body: string): void {
    this.answer(status, body, { 'Content-Type': 'text/html; charset=utf-8' });
  }

  /** The body in parts; an early end leaves the request alone, so that an answer can still be sent. */
  async *parts(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const part of this.request.iterator({ destroyOnReturn: false })) yield part as Buffer;
    } catch (cause) {
      throw new ConnectionGone('The client went away within the body.', { cause });
    }
  }

  /** Reads a body of text, at most `limit` bytes. */
  async text(
    limit = 4 * 1024 * 1024,
    tooLarge = () => uploadError(413, 'Request Entity Too Large'),
  ): Promise<string> {
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of this.parts()) {
      length += part.length;
      if (length > limit) throw tooLarge();
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  /** Reads a form; OAuth endpoints accept nothing else. */
  async form(): Promise<URLSearchParams> {
    return new URLSearchParams(await this.text());
  }
}

function faultError(
  operation: Operation,
  fault: { status: number; reason?: string; retryAfter?: number },
): HttpError {
  if (ofSheets(operation)) return injectedSheetsError(fault.status, fault.reason, fault.retryAfter);
  if (operation !== 'tokenRefresh') return injectedError(fault.status, fault.reason, fault.retryAfter);
  if (fault.reason !== undefined) return oauthError(fault.status, fault.reason);
  return oauthError(fault.status, fault.status === 429 ? 'rate_limit_exceeded' : 'internal_failure');
}
