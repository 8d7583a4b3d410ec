import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Stage } from './stage.ts';

/** How a command line runs; it is shown with all that it writes. */
export interface Shell {
  /** To its end. That it fails, or that nothing it writes matches `shows`, is a mistake. */
  run(command: string, shows?: RegExp): Promise<void>;
  /** Until a line matches, then ends it. */
  until(command: string, line: RegExp): Promise<void>;
}

interface Ended {
  status: number | null;
  matched: boolean;
}

const mostSeconds = 300;

/** A shell in a directory; `env` is added to ours. */
export function shell(stage: Stage, directory: string, env: Readonly<Record<string, string>>): Shell {
  const play = (command: string, wanted: RegExp | undefined, endThen: boolean): Promise<Ended> => {
    stage.command(command);
    // A session of its own: the commands of the line end together.
    const child = spawn('sh', ['-c', command], {
      ...{ cwd: directory, env: { ...process.env, ...env }, detached: true },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      } catch {
        // It has ended by itself.
      }
    };
    const timer = setTimeout(end, mostSeconds * 1000);
    stage.signal.addEventListener('abort', end, { once: true });
    let matched = wanted === undefined;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        if (matched && endThen) return;
        stage.say(line);
        if (!wanted?.test(line)) return;
        matched = true;
        if (endThen) end();
      });
    }
    return new Promise<Ended>((done, fail) =>
      child.once('error', fail).once('close', (status) => done({ status, matched })),
    ).finally(() => {
      clearTimeout(timer);
      stage.signal.removeEventListener('abort', end);
    });
  };
  return {
    async run(command, shows) {
      if (stage.signal.aborted) return;
      const { status, matched } = await play(command, shows, false);
      if (stage.signal.aborted) return;
      if (status !== 0) stage.wrong(`Exit status ${status}.`);
      else if (!matched) stage.wrong(`It should show ${shows}.`);
    },
    async until(command, line) {
      if (stage.signal.aborted) return;
      const { matched } = await play(command, line, true);
      if (!matched && !stage.signal.aborted) stage.wrong(`It never showed ${line}.`);
    },
  };
}
