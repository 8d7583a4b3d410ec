import { byteSize } from './byteSize.ts';

/** about.get's storageQuota: numbers as texts; no limit means unlimited storage. */
export interface StorageQuota {
  readonly limit?: string | null;
  readonly usage?: string | null;
  readonly usageInDriveTrash?: string | null;
}

/** The free bytes of the account (undefined without a limit) and its use in words. */
export function driveRoom(quota: StorageQuota): { freeBytes: number | undefined; usage: string } {
  const used = Number(quota.usage ?? 0);
  const trash = Number(quota.usageInDriveTrash ?? 0);
  const inBin = trash > 0 ? `, ${byteSize(trash)} of it in the bin` : '';
  if (quota.limit === undefined || quota.limit === null) {
    return { freeBytes: undefined, usage: `${byteSize(used)} used, no limit${inBin}` };
  }
  const limit = Number(quota.limit);
  return {
    freeBytes: Math.max(0, limit - used),
    usage: `${byteSize(used)} of ${byteSize(limit)} used${inBin}`,
  };
}
