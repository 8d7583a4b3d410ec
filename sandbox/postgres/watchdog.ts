import { spawn } from 'node:child_process';

/** Ends a server and removes its directory when this process is gone, however it went, SIGKILL included. */
export interface Watchdog {
  /** The process to end; undefined when it ended by itself. */
  guard(pid: number | undefined): void;
  /** Stands down: nothing is ended or removed any more. */
  release(): void;
}

// It reads process ids from a pipe that closes with us. A loop with a bound, because a zombie that nobody
// reaps (a container without init) answers kill -0 for ever.
const script = `
pid=; end=yes
while read -r line; do case "$line" in release) end=no ;; -) pid= ;; *) pid=$line ;; esac; done
[ "$end" = yes ] || exit 0
if [ -n "$pid" ]; then
  kill -QUIT "$pid"; i=0
  while kill -0 "$pid" && [ "$i" -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
  kill -KILL "$pid"
fi
[ -z "$1" ] || rm -rf "$1"
`;

/** Starts a watchdog in a session of its own, so that Ctrl-C at the terminal does not reach it. */
export function startWatchdog(directory: string | undefined): Watchdog {
  const shell = spawn('/bin/sh', ['-c', script, 'dbbackup-watchdog', directory ?? ''], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  const { stdin } = shell;
  (stdin as unknown as { unref(): void }).unref();
  stdin.on('error', () => {}); // its shell is gone only if somebody killed it: then there is no one to tell
  return {
    guard: (pid) => void stdin.write(`${pid ?? '-'}\n`),
    release: () => void stdin.end('release\n'),
  };
}
