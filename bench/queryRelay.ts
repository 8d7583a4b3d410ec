import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A relay to a PostgreSQL server that notes when a client's first query passes. */
export interface QueryRelay extends AsyncDisposable {
  readonly port: number;
  /** Resolves with performance.now() at the next first query of a connection. */
  nextFirstQuery(): Promise<number>;
}

const sslRequest = 80_877_103;
const query = 0x51;
const parse = 0x50;

/** Listens on 127.0.0.1 and passes everything on. */
export async function queryRelay(target: { host: string; port: number }): Promise<QueryRelay> {
  const sockets = new Set<Socket>();
  let next = Promise.withResolvers<number>();
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    const watch = firstQueryWatch(() => {
      next.resolve(performance.now());
      next = Promise.withResolvers();
    });
    client.on('data', watch);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    nextFirstQuery: () => next.promise,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Takes what a client sends and calls back at the first message Query or Parse. */
function firstQueryWatch(found: () => void): (data: Buffer) => void {
  let waiting = Buffer.alloc(0);
  let started = false;
  let done = false;
  return (data) => {
    if (done) return;
    waiting = Buffer.concat([waiting, data]);
    for (;;) {
      if (started && waiting.length > 0 && (waiting[0] === query || waiting[0] === parse)) {
        done = true;
        found();
        return;
      }
      const header = started ? 1 : 0;
      if (waiting.length < header + 4) return;
      const length = header + waiting.readInt32BE(header);
      if (waiting.length < length) return;
      // The messages before the start-up message (a request for TLS) have no tag either.
      if (!started && waiting.readInt32BE(4) !== sslRequest) started = true;
      waiting = waiting.subarray(length);
    }
  };
}
