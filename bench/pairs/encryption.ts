import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { alternate } from '../alternate.ts';
import { measure } from '../measure.ts';
import type { Pair } from '../pair.ts';
import { missingPeer, peer } from '../peers.ts';
import type { EncryptFileInput } from '../programs/encryptFile.ts';
import { fileBytes, randomFile } from '../randomFile.ts';
import { inMebibytes, memoryRow, missingRow, type Row, ratioRow } from '../row.ts';
import { sameBytes } from '../sameBytes.ts';
import { uploadedBackup } from '../uploadedBackup.ts';
import type { Workbench } from '../workbench.ts';

// No bottleneck is all that is asked: a GiB is a second or so on both sides, most of it for the files.
const limit = 1.5;
const mebibytes = 120;
const backupLimit = 1.1;
const backupMebibytes = 200;

/** A backup encrypted and in clear; then its encryption, and the decryption of a restore, against age itself, from one file into another. */
export const encryption: Pair = {
  name: 'encryption',
  async run(bench) {
    const bytes = fileBytes(bench.options.rows);
    const size = inMebibytes(bytes);
    const age = peer('age');
    if (age === undefined) return [missingRow(`encryption of ${size}`, limit, missingPeer('age'))];
    const folder = await bench.folder('encryption');
    const file = (name: string) => join(folder, name);
    const [clear, identity] = [file('random'), file('key.txt')];
    const key = await generateX25519Identity();
    const recipient = await identityToRecipient(key);
    await writeFile(identity, `${key}\n`, { mode: 0o600 });
    await randomFile(clear, bytes);
    const { signal } = bench;
    const ours = (input: Omit<EncryptFileInput, 'identity'>) => () =>
      bench.run('encryptFile', { identity, ...input } satisfies EncryptFileInput);
    const theirs = (args: readonly string[], from: string, to: string) => () =>
      measure(age, [...args, '--output', to, from], { signal });

    const encrypting = await alternate(bench.options.runs, {
      ours: ours({ from: clear, to: file('ours.age'), recipient }),
      peer: theirs(['--encrypt', '--recipient', recipient], clear, file('theirs.age')),
    });
    // Each reads what the other wrote.
    const decrypting = await alternate(bench.options.runs, {
      ours: ours({ from: file('theirs.age'), to: file('ours') }),
      peer: theirs(['--decrypt', '--identity', identity], file('ours.age'), file('theirs')),
    });
    for (const name of ['ours', 'theirs']) {
      if (!(await sameBytes(file(name), clear))) throw new Error(`what ${name} decrypted is not the file`);
    }
    await bench.folder('encryption');
    return [
      ...(await wholeBackup(bench, recipient)),
      ratioRow(`encryption of ${size}`, limit, encrypting, 'age'),
      memoryRow('memory: that encryption', mebibytes, encrypting.ours),
      ratioRow(`decryption of ${size}`, limit, decrypting, 'age'),
      memoryRow('memory: that decryption', mebibytes, decrypting.ours),
    ];
  },
};

/** What it costs a backup: the same one encrypted and in clear. */
async function wholeBackup(bench: Workbench, recipient: string): Promise<Row[]> {
  const work = 'all four of A, encrypted and uploaded';
  const pgDump = peer('pg_dump');
  if (pgDump === undefined) return [missingRow(work, backupLimit, missingPeer('pg_dump'))];
  const runs = await alternate(bench.options.runs, {
    ours: () => uploadedBackup(bench, 'a', pgDump, { encryption: { recipients: [recipient] } }),
    peer: () => uploadedBackup(bench, 'a', pgDump),
  });
  return [
    ratioRow(work, backupLimit, runs, 'in clear'),
    memoryRow('memory: that backup', backupMebibytes, runs.ours),
  ];
}
