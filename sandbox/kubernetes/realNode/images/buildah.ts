import { spawn } from 'node:child_process';
import { mkdir, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where images and what they are made from are kept: below XDG_CACHE_HOME or ~/.cache. */
export function imageCache(env: NodeJS.ProcessEnv = process.env): string {
  const home = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(home, 'dbbackup', 'images');
}

/** Runs a command of buildah on our own store of images, which no other program sees, and gives its output. */
export async function buildah(args: readonly string[], input?: string): Promise<string> {
  const directory = imageCache();
  const root = join(directory, 'storage');
  await mkdir(root, { recursive: true });
  // On an overlay no overlay can be mounted.
  const isOverlay = (await statfs(root)).type === 0x794c7630;
  const place = ['--root', root, '--runroot', join(directory, 'run')];
  const driver = ['--storage-driver', isOverlay ? 'vfs' : 'overlay'];
  // What it mounts goes with it.
  return command('unshare', ['--mount', 'buildah', ...place, ...driver, ...args], input);
}

/** Runs a program and gives its standard output; an Error with the end of what it said if it fails. */
export async function command(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(input);
  let output = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    said = (said + text).slice(-4_000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const status = await new Promise((done, fail) => child.once('error', fail).once('close', done));
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${said.trim()}`);
  return output;
}
