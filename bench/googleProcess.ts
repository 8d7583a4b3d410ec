import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { GoogleAddress, GoogleInput } from './programs/google.ts';
import type { Workbench } from './workbench.ts';

/**
 * Starts the fake Google (with `proxy`, also the proxy for clients that know Google by name only) in a process of its own; its
 * files go when it is disposed.
 */
export async function googleProcess(
  bench: Workbench,
  proxy: boolean,
): Promise<GoogleAddress & AsyncDisposable> {
  const input: GoogleInput = { directory: await bench.folder('google'), proxy };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'programs', 'google.ts')], {
    env: { ...process.env, BENCH_INPUT: JSON.stringify(input) },
    stdio: ['pipe', 'pipe', 'inherit'],
    signal: bench.signal,
  });
  const ended = once(child, 'close');
  ended.catch(() => {});
  const address = await new Promise<GoogleAddress>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('\n')) resolve(JSON.parse(output) as GoogleAddress);
    });
    ended.then(() => reject(new Error('the fake Google did not start; it has said why above')), reject);
  });
  return {
    ...address,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      const [code] = await ended;
      await bench.folder('google');
      if (code !== 0) throw new Error('the fake Google had an error of its own; it is printed above');
    },
  };
}
