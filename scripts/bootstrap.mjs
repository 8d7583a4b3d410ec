// Runs a TypeScript file of this project in a fresh clone: `node scripts/bootstrap.mjs FILE.ts args…`.
// Plain JavaScript for Node 20 and later, without dependencies: it installs them (npm ci) if they are missing
// or do not fit package-lock.json, then hands over to the Node that package.json pins.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.dbbackup-lock');
const pinnedNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const [file, ...args] = process.argv.slice(2);
if (Number.parseInt(process.versions.node, 10) < 20) {
  fail(`Node ${process.versions.node} is too old: install Node 20 or later (https://nodejs.org).`);
}
if (file === undefined) fail('Say which file to run: node scripts/bootstrap.mjs FILE.ts [arguments].');
await installOnce();
runPinned();

// Two of us started at once in a fresh clone: one installs, the other waits for it.
async function installOnce() {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const lock = join(root, '.sandbox', 'installing');
  mkdirSync(dirname(lock), { recursive: true });
  for (let told = false; !isInstalled(hash); ) {
    if (takeLock(lock)) {
      const release = () => rmSync(lock, { recursive: true, force: true });
      process.once('exit', release);
      if (!isInstalled(hash)) install(hash);
      release();
      process.off('exit', release);
      return;
    }
    if (!told) process.stderr.write('Waiting for another npm ci in this directory …\n');
    told = true;
    await new Promise((done) => setTimeout(done, 500));
  }
}

function isInstalled(hash) {
  if (!existsSync(pinnedNode)) return false;
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === hash;
  return isNpmsOwnInstallation();
}

// Somebody ran npm ci or npm install by hand: npm's own record lists what is there.
function isNpmsOwnInstallation() {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([place, { version, optional }]) =>
      place === '' || installed[place]?.version === version || (optional && !installed[place]),
  );
}

function takeLock(lock) {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function isAbandoned(lock) {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0);
    return false;
  } catch (error) {
    if (error.code === 'ESRCH') return true;
    try {
      return error.code === 'ENOENT' && Date.now() - statSync(lock).mtimeMs > 10_000; // made, and died before the pid
    } catch {
      return false; // it has just been released
    }
  }
}

function install(hash) {
  process.stderr.write('Installing dependencies (npm ci) …\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
  if (result.error?.code === 'ENOENT')
    fail('npm is not installed: install it together with Node (https://nodejs.org).');
  if (result.error || result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    const how =
      result.error?.message ?? (result.signal ? `ended by ${result.signal}` : `exit code ${result.status}`);
    fail(`npm ci failed (${how}): npm's messages are above.`);
  }
  if (!existsSync(pinnedNode)) {
    fail(
      `npm installed no Node for ${process.platform} on ${process.arch}: the package node either has none for this platform, or npm was told to run no scripts (npm config get ignore-scripts).`,
    );
  }
  writeFileSync(stamp, hash);
}

function runPinned() {
  const child = spawn(pinnedNode, [join(root, file), ...args], { stdio: 'inherit', cwd: process.cwd() });
  // From a terminal Ctrl-C reaches the child too; a second one from us would cut its clean-up short.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // `npm run` and its shell die of a SIGTERM without a word to us: what they started must not outlive them.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 500);
  child.on('error', (error) => fail(`The pinned Node (${pinnedNode}) does not run here: ${error.message}.`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
