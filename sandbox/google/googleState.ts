import type { DriveStore } from './drive/driveStore.ts';
import type { UploadSession } from './drive/uploadSession.ts';
import type { Faults } from './faults.ts';
import type { Authorizations } from './oauth/authorizations.ts';
import type { SheetsQuota } from './sheets/quota.ts';

/** The one account of the fake; a test may change it at any time. Bytes. */
export interface Account {
  email: string;
  displayName: string;
  /** `null`: unlimited, Drive then gives no `limit`. */
  storageLimit: number | null;
  /** What Gmail and Photos take of the same storage. */
  usedElsewhere: number;
}

/** Everything the fake holds, in memory; only contents of files lie on disk. */
export interface GoogleState {
  /** Root of everything, without a slash at its end. */
  url: string;
  readonly directory: string;
  readonly now: () => Date;
  readonly account: Account;
  readonly faults: Faults;
  readonly authorizations: Authorizations;
  readonly drive: DriveStore;
  readonly sessions: Map<string, UploadSession>;
  /** Seconds that a device must leave between two polls. */
  readonly deviceInterval: number;
  /** Drive's API. */
  apiEnabled: boolean;
  sheetsApiEnabled: boolean;
  readonly sheetsQuota: SheetsQuota;
}
