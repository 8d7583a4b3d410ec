#!/usr/bin/env node
// Starts the TypeScript below with the Node that the project pins, whichever Node was found first.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const main = new URL('./entry.ts', import.meta.url);

if (!existsSync(pinned)) {
  console.error('dbbackup: its packages are not installed; run npm ci in the folder of the project.');
  process.exitCode = 2;
} else if (process.execPath === pinned) {
  await import(main.href);
} else {
  const child = spawn(pinned, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches both by the terminal; a signal to us alone is passed on. The child decides when to end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
