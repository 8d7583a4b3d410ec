const alphanumeric = '[a-z0-9]+';
const component = `${alphanumeric}(?:(?:[._]|__|-+)${alphanumeric})*`;
const domain =
  '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?';
const reference = new RegExp(
  `^(${domain}/${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

/**
 * The full name of an image, as github.com/distribution/reference understands it: `dbbackup` is
 * `docker.io/library/dbbackup:latest`. Throws with its words where there is no such name.
 */
export function imageReference(image: string): string {
  const slash = image.indexOf('/');
  const first = image.slice(0, slash);
  const hasDomain =
    slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const path = hasDomain ? image.slice(slash + 1) : slash < 0 ? `library/${image}` : image;
  const registry = hasDomain && first !== 'index.docker.io' ? first : 'docker.io';
  const [repository = ''] = path.split(/[:@]/);
  if (repository !== repository.toLowerCase()) {
    throw new Error(
      `couldn't parse image name "${image}": invalid reference format: repository name (${repository}) must be lowercase`,
    );
  }
  const [, name, tag, digest] = reference.exec(`${registry}/${path}`) ?? [];
  if (name === undefined) throw new Error(`couldn't parse image name "${image}": invalid reference format`);
  const version = tag === undefined && digest === undefined ? 'latest' : tag;
  return `${name}${version ? `:${version}` : ''}${digest ? `@${digest}` : ''}`;
}
