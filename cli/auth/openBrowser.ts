import { spawn } from 'node:child_process';

const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  // Unlike `start` it needs no shell, to which the & of an address would be an operator.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Hands the address to the system's browser and does not wait for it. Rejects if there is no such program. */
export function openBrowser(url: string, platform: NodeJS.Platform = process.platform): Promise<void> {
  const [program, ...args] = openers[platform] ?? ['xdg-open'];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore' });
  child.once('error', reject);
  child.once('spawn', () => {
    child.unref();
    resolve();
  });
  return promise;
}
