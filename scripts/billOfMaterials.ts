import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the project and its bundles are, and the files that the bundles were made from, from the project's top. */
export interface BillOptions {
  readonly root: string;
  readonly directory: string;
  readonly sources: readonly string[];
}

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
}

/**
 * The software bill of materials of the bundles as CycloneDX 1.6: the packages of package-lock.json that bytes were taken
 * from, and the files themselves by their hash. `npm sbom` would list all that is installed. The same bundles give the same
 * bill: it has no time.
 * https://cyclonedx.org/docs/1.6/json/
 */
export async function billOfMaterials({ root, directory, sources }: BillOptions): Promise<object> {
  const read = async (name: string) => JSON.parse(await readFile(join(root, name), 'utf8'));
  const { name, version, description, license } = await read('package.json');
  const { packages } = (await read('package-lock.json')) as { packages: Record<string, LockedPackage> };
  const places = [...new Set(sources.flatMap((source) => packagePlace(source) ?? []))].sort();
  const libraries = places.map((place) => library(place, packages[place]));
  const files = (await readdir(directory)).filter((file) => file.endsWith('.cjs')).sort();
  const hashed = await Promise.all(files.map((file) => fileComponent(directory, file)));
  const own = { type: 'application', 'bom-ref': `${name}@${version}`, name, version, description };
  const body = {
    metadata: { component: { ...own, licenses: licenses(license) } },
    components: [...new Map(libraries.map((each) => [each['bom-ref'], each])).values(), ...hashed],
  };
  const id = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const uuid = [
    id.slice(0, 8),
    id.slice(8, 12),
    `8${id.slice(13, 16)}`,
    `8${id.slice(17, 20)}`,
    id.slice(20, 32),
  ];
  const serialNumber = `urn:uuid:${uuid.join('-')}`;
  return { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber, version: 1, ...body };
}

/** The package's place as package-lock.json names it; undefined for our own files and for the machine's modules. */
function packagePlace(source: string): string | undefined {
  return /^(.*?)(?:node_modules\/)(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+(?=\/)/.exec(source)?.[0];
}

function library(place: string, locked: LockedPackage | undefined) {
  if (!locked) throw new Error(`package-lock.json has no ${place}.`);
  const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const { version, license, integrity } = locked;
  // https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    licenses: licenses(license),
    ...(integrity?.startsWith('sha512-') && { hashes: [sha512(integrity.slice('sha512-'.length))] }),
  };
}

// Some old packages have words that are no SPDX expression, which CycloneDX takes as a name alone.
function licenses(words: string | undefined): object[] {
  if (words === undefined) return [];
  return /\/|^BSD$/.test(words) ? [{ license: { name: words } }] : [{ expression: words }];
}

function sha512(base64: string) {
  return { alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') };
}

async function fileComponent(directory: string, name: string) {
  const content = createHash('sha256')
    .update(await readFile(join(directory, name)))
    .digest('hex');
  return { type: 'file', 'bom-ref': `file:${name}`, name, hashes: [{ alg: 'SHA-256', content }] };
}
