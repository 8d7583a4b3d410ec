import { invalidParameter } from '../driveError.ts';
import { folderType, type StoredFile } from './storedFile.ts';

type Order = (a: StoredFile, b: StoredFile) => number;

const natural = new Intl.Collator('en', { numeric: true });
const never = () => 0;
// The fake knows no views and no sharing: by those keys all files are equal.
const orders: Readonly<Record<string, Order>> = {
  createdTime: (a, b) => a.createdTime.getTime() - b.createdTime.getTime(),
  folder: (a, b) => Number(b.mimeType === folderType) - Number(a.mimeType === folderType),
  modifiedByMeTime: (a, b) => a.modifiedTime.getTime() - b.modifiedTime.getTime(),
  modifiedTime: (a, b) => a.modifiedTime.getTime() - b.modifiedTime.getTime(),
  name: (a, b) => Number(a.name > b.name) - Number(a.name < b.name),
  name_natural: (a, b) => natural.compare(a.name, b.name),
  quotaBytesUsed: (a, b) => (a.content?.size ?? 0) - (b.content?.size ?? 0),
  recency: (a, b) => a.modifiedTime.getTime() - b.modifiedTime.getTime(),
  sharedWithMeTime: never,
  starred: (a, b) => Number(a.starred) - Number(b.starred),
  viewedByMeTime: never,
};

/** The order that `orderBy` asks for; without it, the latest change first. */
export function fileOrder(orderBy: string | null): Order {
  const keys = (orderBy ?? 'modifiedTime desc').split(',').map((key) => {
    const [name = '', direction, more] = key.trim().split(/\s+/);
    const order = Object.hasOwn(orders, name) ? orders[name] : undefined;
    if (!order || more !== undefined || (direction !== undefined && direction !== 'desc'))
      throw invalidParameter('orderBy', 'Invalid Value', 'invalid');
    return direction === 'desc' ? (a: StoredFile, b: StoredFile) => order(b, a) : order;
  });
  return (a, b) => {
    for (const key of keys) {
      const sign = key(a, b);
      if (sign !== 0) return sign;
    }
    return 0;
  };
}
