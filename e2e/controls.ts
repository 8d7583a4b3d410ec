import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** What can be done to a part of our own cluster, as a component of it does it. */
export const actions = ['stop', 'start', 'pause', 'resume'] as const;
export type Action = (typeof actions)[number];

/** Parts of our own cluster. Of `cable` stop and start are pulling it out and plugging it in. */
export const parts = ['apiServer', 'controllerManager', 'kubelet', 'containerd', 'cable'] as const;
export type Part = (typeof parts)[number];

type Actor = Partial<Record<Action, () => unknown>>;

/** Lets the processes of tests act on the cluster, whose own process this is, by a socket. */
export async function serveControls(
  socket: string,
  actors: Readonly<Record<Part, Actor>>,
): Promise<AsyncDisposable> {
  const server = createServer(async (incoming, outgoing) => {
    const [, part = '', action = ''] = (incoming.url ?? '').split('/');
    try {
      const act = actors[part as Part]?.[action as Action];
      if (!act) throw new Error(`${part} has no ${action}.`);
      await act();
      outgoing.writeHead(200).end();
    } catch (error) {
      outgoing.writeHead(500).end((error as Error).message);
    }
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(socket, done));
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Acts on a part of the cluster behind the socket, and waits until it is done. */
export async function control(socketPath: string, part: Part, action: Action): Promise<void> {
  const { status, said } = await new Promise<{ status: number | undefined; said: string }>((done, fail) => {
    request({ socketPath, path: `/${part}/${action}`, method: 'POST' }, async (answer) =>
      done({ status: answer.statusCode, said: await text(answer) }),
    )
      .once('error', fail)
      .end();
  });
  if (status !== 200) throw new Error(`${part} ${action}: ${said}`);
}
