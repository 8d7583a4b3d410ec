import { open } from 'node:fs/promises';
import { parseGoogleCredentials } from '../../runner/destinations/googleCredentials.ts';
import { openGoogleDrive } from '../../runner/destinations/googleDrive.ts';
import { benchInput, tellPeak } from './peakMemory.ts';

// Measured: one file into a Drive folder as a run uploads it, its size not known beforehand.

export interface UploadFileInput {
  readonly file: string;
  readonly name: string;
  /** Root of the fake. */
  readonly url: string;
  readonly folderID: string;
  readonly credentials: object;
}

async function main(): Promise<void> {
  const { file, name, url, folderID, credentials } = benchInput<UploadFileInput>();
  const { signal } = new AbortController();
  await using drive = await openGoogleDrive({
    folderID,
    credentials: parseGoogleCredentials(Buffer.from(JSON.stringify(credentials)), 'The bench'),
    rootURL: url,
    logger: { debug() {}, warn() {} },
  });
  const tags = { owner: 'bench', set: name, deadline: new Date(Date.now() + 3_600_000).toISOString() };
  const upload = await drive.create({ name, contentType: 'application/octet-stream', tags }, signal);
  await using source = await open(file);
  // One buffer all the time, as the exporters have it: what a read stream leaves behind would count as the uploader's memory.
  const buffer = Buffer.allocUnsafeSlow(2 ** 20);
  for (;;) {
    const { bytesRead } = await source.read(buffer);
    if (bytesRead === 0) break;
    await upload.write(buffer.subarray(0, bytesRead));
  }
  const { bytes } = await upload.finish();
  tellPeak({ bytes });
}

main();
