import { type FileHandle, open } from 'node:fs/promises';
import { decrypted } from '../../runner/encryption/decrypted.ts';
import { encryptedSink } from '../../runner/encryption/encryptedSink.ts';
import { readIdentities } from '../../runner/encryption/identities.ts';
import { redactor } from '../../runner/redactor.ts';
import { fileSink } from './fileSink.ts';
import { benchInput, tellPeak } from './peakMemory.ts';

// Measured: one file encrypted as a run does it, or decrypted as a restore does.

export interface EncryptFileInput {
  readonly from: string;
  readonly to: string;
  /** Public key to encrypt for; left out: the file is decrypted. */
  readonly recipient?: string;
  /** File of the identity. */
  readonly identity: string;
}

async function main(): Promise<void> {
  const { from, to, recipient, identity } = benchInput<EncryptFileInput>();
  await using source = await open(from);
  await using target = await fileSink(to);
  if (recipient === undefined) {
    const identities = await readIdentities(identity, redactor());
    for await (const part of decrypted(from, fresh(source), identities)) await target.write(part);
  } else {
    const sink = await encryptedSink([recipient], target);
    for await (const part of reused(source)) await sink.write(part);
    await sink.end();
  }
  tellPeak();
}

/** One buffer all the time, as the exporters have it. */
async function* reused(source: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(2 ** 20);
  for (;;) {
    const { bytesRead } = await source.read(buffer);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** A buffer for each part, as a socket gives them. */
async function* fresh(source: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { bytesRead, buffer } = await source.read(Buffer.allocUnsafeSlow(64 * 1024));
    if (bytesRead === 0) return;
    yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
  }
}

main();
