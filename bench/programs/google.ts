import { join } from 'node:path';
import { startFakeGoogle } from '../../sandbox/google/fakeGoogle.ts';
import { startInterceptingProxy } from '../../sandbox/google/interceptingProxy.ts';
import { benchInput } from './peakMemory.ts';

// The fake Google in a process of its own, with the proxy for clients that know Google by its real name only. Prints where they
// are as one line of JSON; ends with its standard input.

export interface GoogleInput {
  readonly directory: string;
  readonly proxy: boolean;
}

export interface GoogleAddress {
  readonly url: string;
  readonly folderID: string;
  readonly credentials: { client_id: string; client_secret: string; refresh_token: string };
  readonly proxy?: { readonly url: string; readonly caFile: string };
}

const { directory, proxy: withProxy } = benchInput<GoogleInput>();
const google = await startFakeGoogle({ directory: join(directory, 'drive') });
google.account.storageLimit = null;
// Several runs within a minute are to be measured, and not the waiting between them.
google.sheetsQuota.perUser = Number.POSITIVE_INFINITY;
google.sheetsQuota.perProject = Number.POSITIVE_INFINITY;
const proxy = withProxy
  ? await startInterceptingProxy({ target: google.url, directory: join(directory, 'proxy') })
  : undefined;
const address: GoogleAddress = {
  url: google.url,
  folderID: google.folderID,
  credentials: google.credentials,
  ...(proxy && { proxy: { url: proxy.url, caFile: proxy.caFile } }),
};
console.log(JSON.stringify(address));
process.stdin.resume().once('end', async () => {
  await proxy?.stop();
  await google.stop();
  for (const bug of google.bugs) console.error(bug);
  process.exitCode = google.bugs.length === 0 ? 0 : 1;
});
