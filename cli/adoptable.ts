import { type Manifest, setOfManifestName } from '../crds/manifest.ts';
import type { Destination, StoredFile } from '../runner/destinations/destination.ts';
import { readManifest, setsOf } from '../runner/retention/goodSets.ts';

/** A set with files that are not tagged as ours. */
export interface AdoptableSet {
  readonly name: string;
  /** Whose it is by its tags; where they are out of our sight, by its manifest. */
  readonly owner: string;
  readonly manifest: Manifest;
  /** When its manifest was stored. */
  readonly time: Date;
  /** The manifest's own file first. */
  readonly files: readonly [StoredFile, ...StoredFile[]];
  /** Why it cannot be taken over, in words; undefined if it can. */
  readonly obstacle: string | undefined;
}

type Claim = Omit<AdoptableSet, 'obstacle'>;

/**
 * The sets in a listing that are not wholly `owner`'s, the newest first: those of other owners, those whose tags
 * another OAuth client wrote, and those that an adoption left half done. A set can be taken over if it would then be
 * good and its run is certainly over by the destination's clock.
 */
export async function adoptableSets(
  destination: Destination,
  listing: readonly StoredFile[],
  owner: string,
  now: Date,
  signal: AbortSignal,
): Promise<AdoptableSet[]> {
  const claims = await claimsIn(destination, listing, owner, signal);
  // What the folder would be like with all of them ours. A copy of a manifest of ours does not become a set by that.
  const ours = [
    ...listing.filter(({ tags }) => tags?.owner === owner),
    ...claims.flatMap(({ name, files }) =>
      files.map((file) => ({ ...file, tags: { set: name, deadline: '', ...file.tags, owner } })),
    ),
  ];
  const { damaged } = await setsOf(destination, ours, owner, signal);
  const damage = new Map(damaged.map(({ id, why }) => [id, `damaged: ${why}`]));
  return claims
    .map((claim) => ({ ...claim, obstacle: damage.get(claim.files[0].id) ?? activity(claim, now) }))
    .sort((a, b) => b.time.getTime() - a.time.getTime());
}

async function claimsIn(
  destination: Destination,
  listing: readonly StoredFile[],
  owner: string,
  signal: AbortSignal,
): Promise<Claim[]> {
  const byID = new Map(listing.map((file) => [file.id, file]));
  const claims: Claim[] = [];
  for (const file of byID.values()) {
    const name = setOfManifestName(file.name);
    if (name === undefined) continue;
    const manifest = await readManifest(destination, file, signal);
    if (typeof manifest !== 'object') continue;
    const files: [StoredFile, ...StoredFile[]] = [
      file,
      ...manifest.files.flatMap(({ id }) => byID.get(id) ?? []),
    ];
    const strangers = files.filter(({ tags }) => tags?.owner !== owner);
    if (strangers.length === 0) continue;
    const tagged = strangers.find(({ tags }) => tags !== undefined);
    claims.push({
      name,
      owner: tagged?.tags?.owner ?? manifest.owner,
      manifest,
      time: file.createdAt,
      files,
    });
  }
  return claims;
}

function activity({ files }: Claim, now: Date): string | undefined {
  const ends = files
    .map(({ tags }) => Date.parse(tags?.deadline ?? ''))
    .filter((time) => time > now.getTime());
  if (ends.length === 0) return undefined;
  const latest = new Date(Math.max(...ends)).toISOString();
  return `in use: the run that wrote it may go on until ${latest}`;
}
