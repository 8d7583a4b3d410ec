import { sizeInWords } from '../../crds/inWords.ts';
import type { DriveAPI } from './driveApi.ts';

/** The free bytes of the account (undefined without a limit) and its use in words. */
export interface DriveRoom {
  readonly freeBytes: number | undefined;
  readonly usage: string;
}

/** Asks Drive for the room of the account. Throws BackupError. */
export async function driveRoom(api: DriveAPI, signal: AbortSignal): Promise<DriveRoom> {
  const { data } = await api.call({ what: 'tell its free room' }, signal, (drive, options) =>
    drive.about.get({ fields: 'storageQuota(limit,usage,usageInDriveTrash)' }, options),
  );
  return describeRoom(data.storageQuota ?? {});
}

/** about.get's storageQuota: numbers as texts; no limit means unlimited storage. */
function describeRoom(quota: {
  readonly limit?: string | null;
  readonly usage?: string | null;
  readonly usageInDriveTrash?: string | null;
}): DriveRoom {
  const used = Number(quota.usage ?? 0);
  const trash = Number(quota.usageInDriveTrash ?? 0);
  const inBin = trash > 0 ? `, ${sizeInWords(trash)} of it in the bin` : '';
  if (quota.limit === undefined || quota.limit === null) {
    return { freeBytes: undefined, usage: `${sizeInWords(used)} used, no limit${inBin}` };
  }
  const limit = Number(quota.limit);
  return {
    freeBytes: Math.max(0, limit - used),
    usage: `${sizeInWords(used)} of ${sizeInWords(limit)} used${inBin}`,
  };
}
