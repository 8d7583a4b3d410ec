import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BackupError } from '../crds/failureReason.ts';

/** Where the Secrets of the backup's namespace are read from. */
export interface SecretReader {
  /** All keys of a Secret. Throws SecretNotFound. */
  read(name: string): Promise<ReadonlyMap<string, Buffer>>;
}

/** The value of one key. Throws SecretNotFound that names the Secret and the keys that it has. */
export async function secretValue(secrets: SecretReader, name: string, key: string): Promise<Buffer> {
  const values = await secrets.read(name);
  const value = values.get(key);
  if (value === undefined) {
    const keys = [...values.keys()].sort().join(', ') || 'none';
    throw new BackupError('SecretNotFound', `Secret ${name} has no key ${key}; its keys: ${keys}.`);
  }
  return value;
}

/**
 * Secrets as files, `<directory>/<name>/<key>`: as a cluster mounts them, and as --secrets takes them.
 * A mounted Secret that does not exist is an empty folder there, since the volume is optional.
 */
export function secretDirectory(directory: string): SecretReader {
  return {
    async read(name) {
      const folder = join(directory, name);
      const entries = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return [];
        throw new BackupError('SecretNotFound', `Secret ${name} cannot be read (${cause.code}).`, { cause });
      });
      // Kubernetes keeps its own `..data` links beside the keys.
      const keys = entries.filter((entry) => !entry.startsWith('..'));
      if (keys.length === 0) throw notFound(name);
      return new Map(
        await Promise.all(keys.map(async (key) => [key, await readKey(name, join(folder, key))] as const)),
      );
    },
  };
}

async function readKey(name: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new BackupError(
      'SecretNotFound',
      `Key ${basename(path)} of Secret ${name} cannot be read (${code}).`,
      {
        cause,
      },
    );
  }
}

/** Secrets from `kind: Secret` documents, with data (base64) and stringData. Throws InvalidSpec as kubectl would refuse. */
export function secretDocuments(documents: readonly Record<string, unknown>[]): SecretReader {
  const secrets = new Map<string, ReadonlyMap<string, Buffer>>();
  for (const { metadata, data, stringData } of documents) {
    const name = String((metadata as { name?: unknown } | undefined)?.name);
    secrets.set(name, new Map([...decoded(name, data, 'base64'), ...decoded(name, stringData, 'utf8')]));
  }
  return {
    read(name) {
      const values = secrets.get(name);
      return values === undefined ? Promise.reject(notFound(name)) : Promise.resolve(values);
    },
  };
}

function decoded(name: string, values: unknown, encoding: 'base64' | 'utf8'): [string, Buffer][] {
  return Object.entries(values ?? {}).map(([key, value]) => {
    // An unquoted 0123 is the number 123 to YAML: a password would change without a word.
    if (typeof value !== 'string') {
      throw new BackupError(
        'InvalidSpec',
        `Secret ${name}: the value of ${key} is no string: put it in quotes.`,
      );
    }
    if (encoding === 'base64' && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value)) {
      throw new BackupError(
        'InvalidSpec',
        `Secret ${name}: data.${key} is not base64: encode it, or write it under stringData.`,
      );
    }
    return [key, Buffer.from(value, encoding)];
  });
}

function notFound(name: string): BackupError {
  return new BackupError('SecretNotFound', `Secret ${name} does not exist.`);
}
