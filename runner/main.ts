import type { PodMode } from './pod/podMode.ts';
import { stopSignal } from './stopSignal.ts';

interface Task {
  /** What a stop keeps from being complete. */
  readonly noun: string;
  /** Loads the code when it is wanted: a check needs no exporters. */
  readonly mode: () => Promise<PodMode>;
}

const tasks: Readonly<Record<string, Task>> = {
  run: { noun: 'the backup', mode: async () => (await import('./pod/runMode.ts')).runMode },
  check: { noun: 'the check', mode: async () => (await import('./pod/checkMode.ts')).checkMode },
  notify: { noun: 'the mail', mode: async () => (await import('./pod/notifyMode.ts')).notifyMode },
};

/** `dbbackup runner run|check|notify`, the program of our pods. Gives the exit status. To be called once in a process. */
export async function main(args: readonly string[]): Promise<number> {
  const [word = ''] = args;
  const task = args.length === 1 && Object.hasOwn(tasks, word) ? tasks[word] : undefined;
  if (task === undefined) {
    const words = Object.keys(tasks).join(', ');
    process.stderr.write(`dbbackup runner takes one of the words ${words}, and not "${args.join(' ')}".\n`);
    return 2;
  }
  // Before anything else is loaded: a pod may be deleted as soon as it has begun.
  const stop = stopSignal(
    (signal) => `The runner was stopped by ${signal} before ${task.noun} was complete.`,
  );
  const [mode, { servePod }] = await Promise.all([task.mode(), import('./pod/servePod.ts')]);
  return servePod(mode, stop);
}
