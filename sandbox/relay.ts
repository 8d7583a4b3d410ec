import { connect, createServer, type Socket } from 'node:net';

/** A way to a server of 127.0.0.1 by another address of this host, that can be barred. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Where connections lead; none is made before it is set. */
  target: number | undefined;
  /** Connections are refused, and those that there are end. */
  refuse(): void;
  /** Connections are taken and nothing comes through, those that there are included: packets seem to be lost. */
  hang(): void;
  /** Breaks the connections that there are; new ones work. Gives their number. */
  drop(): number;
  /** All is as at first. */
  restore(): Promise<void>;
  /** Connections that have been made so far. */
  readonly connections: number;
  /** Bytes that clients have sent so far. */
  readonly received: number;
}

/** Starts a relay that listens on `address`, or on all. */
export async function startRelay(address: string): Promise<Relay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isHanging = false;
  const state = { target: undefined as number | undefined, connections: 0, received: 0 };
  const server = createServer((client) => {
    state.connections++;
    if (state.target === undefined) return void client.resetAndDestroy();
    const upstream = connect(state.target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [index, socket] of pair.entries()) {
      const other = pair[1 - index] as Socket;
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.once('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
    client.on('data', (chunk) => {
      state.received += chunk.length;
    });
    if (isHanging) return void hold(pair);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  const listen = (port: number) =>
    new Promise<void>((done, fail) => server.once('error', fail).listen(port, address, done));
  const closed = () => new Promise<void>((done) => server.close(() => done()));
  const drop = () => {
    const broken = pairs.size;
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
    return broken;
  };
  await listen(0);
  const { port } = server.address() as { port: number };
  return Object.assign(state, {
    port,
    drop,
    refuse() {
      server.close();
      drop();
    },
    hang() {
      isHanging = true;
      for (const pair of pairs) hold(pair);
    },
    async restore() {
      isHanging = false;
      drop(); // what hung would hang for ever
      if (!server.listening) await listen(port);
    },
    async [Symbol.asyncDispose]() {
      drop();
      if (server.listening) await closed();
    },
  });
}

function hold([client, upstream]: readonly [Socket, Socket]): void {
  client.unpipe(upstream).pause();
  upstream.unpipe(client).pause();
}
