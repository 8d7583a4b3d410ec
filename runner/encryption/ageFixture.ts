import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { requireProgram, temporaryDirectory } from '../../sandbox/testing.ts';
import { CollectingSink } from '../exporters/rowTesting.ts';
import { encryptedSink } from './encryptedSink.ts';

/** A pair of keys, and the secret one in a file as age-keygen writes it. */
export interface TestKey {
  readonly identity: string;
  readonly recipient: string;
  readonly file: string;
}

export async function testKey(t: TestContext): Promise<TestKey> {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const file = join(await temporaryDirectory(t), 'key.txt');
  await writeFile(file, `# created: 2026-02-10T02:00:00Z\n# public key: ${recipient}\n${identity}\n`);
  return { identity, recipient, file };
}

/** The stock program; undefined where it is missing: the test is skipped then. */
export const requireAge = (t: TestContext) => requireProgram(t, 'age', 'apt-get install age');

/** What a program makes of its standard input. Throws with what it said. */
export async function piped(program: string, args: readonly string[], input: Uint8Array): Promise<Buffer> {
  const child = spawn(program, args);
  const output: Buffer[] = [];
  let words = '';
  child.stdout.on('data', (part: Buffer) => output.push(part));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  // It may refuse before it has read all.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(words);
  return Buffer.concat(output);
}

/** Bytes as one encrypted file, written in pieces of the lengths, again and again. */
export async function encrypt(
  recipients: readonly string[],
  bytes: Buffer,
  lengths: readonly number[] = [65_536],
): Promise<Buffer> {
  const sink = new CollectingSink();
  const target = await encryptedSink(recipients, sink);
  for (const piece of pieces(bytes, lengths)) {
    const reused = Buffer.from(piece);
    await target.write(reused);
    reused.fill(0);
  }
  await target.end();
  return sink.bytes;
}

/** Bytes in pieces of the lengths, again and again; none of them is empty, but there is one at least. */
export function pieces(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const end = at + Math.max(1, lengths[index % lengths.length] ?? 1);
    all.push(bytes.subarray(at, end));
    at = end;
  }
  return all.length === 0 ? [bytes] : all;
}
