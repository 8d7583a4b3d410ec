import { mkdir } from 'node:fs/promises';
import { DriveStore, newFile } from './drive/driveStore.ts';
import { folderType } from './drive/storedFile.ts';
import { type FakeGoogle, fakeControls } from './fakeControls.ts';
import { Faults } from './faults.ts';
import type { GoogleState } from './googleState.ts';
import { Authorizations } from './oauth/authorizations.ts';
import { serve } from './serve.ts';
import { SheetsQuota } from './sheets/quota.ts';

export type { FakeGoogle };

/** Where the fake keeps contents, and what else can be chosen. */
export interface FakeGoogleOptions {
  /** Holds the contents of files; made if it is missing, left as it is at the end. */
  directory: string;
  /** Default: any free port. */
  port?: number;
  /** The root that it gives its own addresses by, where clients come by way of another; default: the true one. */
  publicURL?: string;
  /** The fake's clock: dates of files, lives of tokens, the Date header. */
  now?: () => Date;
  /** Seconds between two polls of a device; default 5, as Google says. */
  deviceInterval?: number;
}

/**
 * Starts a strict imitation of Google's OAuth, Drive v3 and Sheets v4 on 127.0.0.1, all under one root URL. It holds its
 * state in memory and the contents of files below `directory`; what Google would refuse, it refuses in Google's words.
 */
export async function startFakeGoogle(options: FakeGoogleOptions): Promise<FakeGoogle> {
  const now = options.now ?? (() => new Date());
  await mkdir(options.directory, { recursive: true });
  const authorizations = new Authorizations(now);
  const state: GoogleState = {
    url: '',
    directory: options.directory,
    now,
    account: {
      email: 'ann@example.com',
      displayName: 'Ann Example',
      storageLimit: 15 * 1024 ** 3,
      usedElsewhere: 0,
    },
    faults: new Faults(),
    authorizations,
    drive: new DriveStore(now()),
    sessions: new Map(),
    deviceInterval: options.deviceInterval ?? 5,
    apiEnabled: true,
    sheetsApiEnabled: true,
    sheetsQuota: new SheetsQuota(now),
  };
  const server = await serve(state, options.port ?? 0);
  state.url = options.publicURL ?? server.url;
  const client = authorizations.addClient('desktop', 'Database backups');
  const folder = state.drive.add(
    newFile({
      id: state.drive.newID(),
      name: 'Database backups',
      mimeType: folderType,
      parent: state.drive.rootID,
      createdBy: client.id,
      time: now(),
    }),
  );
  return fakeControls(state, server, client, folder.id);
}
