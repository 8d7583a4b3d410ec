// Imports nothing: see scripts/bundle.ts.

interface Pod {
  /** Ends with an answer and gives the exit status; after a stop within seconds. The signal's reason is the name of a signal. */
  serve(stopped: AbortSignal): Promise<number>;
}

const pods: Readonly<Record<string, () => Promise<Pod>>> = {
  run: () => import('./pod/runMode.ts'),
  check: () => import('./pod/checkMode.ts'),
  notify: () => import('./pod/notifyMode.ts'),
  restore: () => import('./pod/restoreMode.ts'),
  drill: () => import('./pod/drillMode.ts'),
  sync: () => import('./pod/syncMode.ts'),
};

/** `dbbackup runner run|check|notify|restore|drill|sync`, the program of our pods. Gives the exit status. To be called once in a process. */
export async function main(args: readonly string[]): Promise<number> {
  const [word = ''] = args;
  const load = args.length === 1 && Object.hasOwn(pods, word) ? pods[word] : undefined;
  if (load === undefined) {
    const words = Object.keys(pods).join(', ');
    process.stderr.write(`dbbackup runner takes one of the words ${words}, and not "${args.join(' ')}".\n`);
    return 2;
  }
  // Before anything is loaded: a pod may be deleted as soon as it has begun.
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop.abort(signal));
  const { serve } = await load();
  return serve(stop.signal);
}
