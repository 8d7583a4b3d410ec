import { spawn } from 'node:child_process';

/** Ends servers and removes their directory when this process is gone, however it went, SIGKILL included. */
export interface Watchdog {
  /** A process to end. */
  guard(pid: number | undefined): void;
  /** A process that ended by itself: its number may be another's by now. */
  forget(pid: number | undefined): void;
  /** Stands down: nothing is ended or removed any more. */
  release(): void;
}

// It reads process ids from a pipe that closes with us. A loop with a bound, because a zombie that nobody
// reaps (a container without init) answers kill -0 for ever.
const script = `
pids=; end=yes
while read -r word pid; do case "$word" in
  guard) pids="$pids $pid" ;;
  forget) rest=; for each in $pids; do [ "$each" = "$pid" ] || rest="$rest $each"; done; pids=$rest ;;
  release) end=no ;;
esac; done
[ "$end" = yes ] || exit 0
for pid in $pids; do kill -"$2" "$pid"; done
i=0
for pid in $pids; do
  while kill -0 "$pid" && [ "$i" -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
  kill -KILL "$pid"
done
[ -z "$1" ] || rm -rf "$1"
`;

/**
 * Starts a watchdog in a session of its own, so that Ctrl-C at the terminal does not reach it. It ends the
 * servers by `signal`, SIGKILL ten seconds later, and then removes `directory`.
 */
export function startWatchdog(directory: string | undefined, signal: NodeJS.Signals): Watchdog {
  const name = signal.replace(/^SIG/, '');
  const shell = spawn('/bin/sh', ['-c', script, 'dbbackup-watchdog', directory ?? '', name], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  const { stdin } = shell;
  (stdin as unknown as { unref(): void }).unref();
  stdin.on('error', () => {}); // its shell is gone only if somebody killed it: then there is no one to tell
  const tell = (word: string, pid: number | undefined) => {
    if (pid !== undefined) stdin.write(`${word} ${pid}\n`);
  };
  return {
    guard: (pid) => tell('guard', pid),
    forget: (pid) => tell('forget', pid),
    release: () => void stdin.end('release\n'),
  };
}
