import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { expectFact } from '../facts.ts';
import { googleProcess } from '../googleProcess.ts';
import { type Measured, measure } from '../measure.ts';
import type { Pair } from '../pair.ts';
import { missingPeer, peer } from '../peers.ts';
import type { GoogleAddress } from '../programs/google.ts';
import type { UploadFileInput } from '../programs/uploadFile.ts';
import { fileBytes, randomFile } from '../randomFile.ts';
import { inMebibytes, memoryRow, missingRow, ratioRow } from '../row.ts';
import type { Workbench } from '../workbench.ts';

const limit = 1;
const mebibytes = 120;

/**
 * The resumable uploader against rclone, to the same fake, which hashes what it gets. The bytes of both go straight to it over
 * plain HTTP: rclone opens its session through a proxy, since it knows Google by name only, but the address of the session that
 * it gets there is the fake's own. Each run has a fresh fake.
 */
export const upload: Pair = {
  name: 'upload',
  async run(bench) {
    const bytes = fileBytes(bench.options.rows);
    const work = `upload of ${inMebibytes(bytes)} to the fake Google`;
    const rclone = peer('rclone');
    if (rclone === undefined) return [missingRow(work, limit, missingPeer('rclone'))];
    if (peer('openssl') === undefined) return [missingRow(work, limit, missingPeer('openssl'))];
    const file = join(await bench.folder('upload'), 'random');
    await randomFile(file, bytes);
    const runs = await alternate(bench.options.runs, {
      ours: () => withGoogle(bench, (google) => ours(bench, google, file, bytes)),
      peer: () => withGoogle(bench, (google) => theirs(bench, rclone, google, file)),
    });
    await bench.folder('upload');
    return [
      ratioRow(work, limit, runs, 'rclone copyto'),
      memoryRow('memory: that upload', mebibytes, runs.ours),
    ];
  },
};

async function withGoogle(
  bench: Workbench,
  run: (google: GoogleAddress) => Promise<Measured>,
): Promise<Measured> {
  await using google = await googleProcess(bench, true);
  return await run(google);
}

async function ours(
  bench: Workbench,
  { url, folderID, credentials }: GoogleAddress,
  file: string,
  bytes: number,
): Promise<Measured> {
  const input: UploadFileInput = { file, name: 'ours', url, folderID, credentials };
  const run = await bench.run('uploadFile', input);
  expectFact(run.output, 'bytes', bytes);
  return run;
}

async function theirs(
  bench: Workbench,
  rclone: string,
  { folderID, credentials, proxy, url }: GoogleAddress,
  file: string,
): Promise<Measured> {
  const config = join(await bench.folder('rclone'), 'rclone.conf');
  const token = {
    access_token: 'expired',
    token_type: 'Bearer',
    refresh_token: credentials.refresh_token,
    expiry: '2020-01-01T00:00:00Z',
  };
  const lines = [
    '[drive]\ntype = drive\nscope = drive.file',
    `client_id = ${credentials.client_id}\nclient_secret = ${credentials.client_secret}`,
    `token_url = ${url}/token\nroot_folder_id = ${folderID}\ntoken = ${JSON.stringify(token)}\n`,
  ];
  await writeFile(config, lines.join('\n'), { mode: 0o600 });
  const env = { ...process.env, HTTPS_PROXY: proxy?.url ?? '', NO_PROXY: '', no_proxy: '' };
  const args = ['copyto', '--config', config, '--ca-cert', proxy?.caFile ?? '', '--retries', '1'];
  return measure(rclone, [...args, '--drive-pacer-min-sleep', '1ms', file, 'drive:theirs'], {
    env,
    signal: bench.signal,
  });
}
