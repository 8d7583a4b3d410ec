import { PassThrough, Writable } from 'node:stream';
import type { Clock } from '../../runner/destinations/clock.ts';
import type { AuthIO } from './authIo.ts';

/** A clock on which waiting takes no time; `waits` has every wait in milliseconds. */
export class TestClock implements Clock {
  readonly waits: number[] = [];
  #now = Date.parse('2026-02-10T02:00:00Z');
  /** Called in each wait, before it ends. */
  onWait: (waits: number) => Promise<void> | void = () => undefined;

  now = (): Date => new Date(this.#now);

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.waits.push(milliseconds);
    this.#now += milliseconds;
    await this.onWait(this.waits.length);
    signal.throwIfAborted();
  }
}

/** A clock on which no wait ever ends by itself. */
export const patientClock: Clock = {
  now: () => new Date('2026-02-10T02:00:00Z'),
  sleep(_, signal) {
    const { promise, reject } = Promise.withResolvers<void>();
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    return promise;
  },
};

/** A terminal for a test: what goes to its streams is kept. No browser, unless one is given. */
export function testTerminal(given: Partial<AuthIO> = {}) {
  const output = { stdout: '', stderr: '' };
  const into = (name: keyof typeof output) =>
    new Writable({
      write(chunk, _, done) {
        output[name] += chunk;
        done();
      },
    });
  const stdin = new PassThrough();
  const io: AuthIO = {
    stdin,
    stdout: into('stdout'),
    stderr: into('stderr'),
    openBrowser: () => Promise.reject(new Error('no browser')),
    clock: patientClock,
    signal: new AbortController().signal,
    ...given,
  };
  return { io, stdin, stdout: () => output.stdout, stderr: () => output.stderr };
}
