import { createHash } from 'node:crypto';
import { expandVariables } from './expandVariables.ts';
import { imageReference } from './imageReference.ts';
import type { Container, Pod } from './pod.ts';

/** What the node runs in place of a container image: a program of this machine. */
export interface ProcessImage {
  /** As in a Dockerfile; a container's `command` replaces both, its `args` the second. */
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Variables that hold a path inside the container, and its default. The process gets the path on this machine,
   * also where the pod sets the variable. HOME and TMPDIR (/tmp) are among them always.
   */
  readonly paths?: Readonly<Record<string, string>>;
  /** The last word on the environment, for paths that stand inside other values. */
  readonly environment?: (
    environment: Readonly<Record<string, string>>,
    path: (inside: string) => string,
  ) => Readonly<Record<string, string>>;
}

/** The images that can be had, by the names that pods use. */
export interface ImageStore {
  add(name: string, image: ProcessImage): void;
  find(reference: string): ProcessImage | undefined;
}

/** A store of these images: a registry and the node's disk in one. */
export function imageStore(images: Readonly<Record<string, ProcessImage>>): ImageStore {
  const byReference = new Map<string, ProcessImage>();
  const add = (name: string, image: ProcessImage) => void byReference.set(imageReference(name), image);
  for (const [name, image] of Object.entries(images)) add(name, image);
  return { add, find: (reference) => byReference.get(reference) };
}

/** What a status calls the image: made of its name and what it runs. */
export function imageID(reference: string, image: ProcessImage): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([reference, image]))
    .digest('hex');
  return `${reference.replace(/(:[^/:@]*)?(@.*)?$/, '')}@sha256:${digest}`;
}

/** The program and its arguments: the image's, or the container's with `$(NAME)` expanded. */
export function commandLine(
  image: ProcessImage,
  { command, args }: Container,
  environment: Readonly<Record<string, string>>,
): string[] {
  const expand = (words: readonly string[] = []) =>
    words.map((word) => expandVariables(word, (name) => environment[name]));
  if (command?.length) return [...expand(command), ...expand(args)];
  return [...(image.entrypoint ?? []), ...(args?.length ? expand(args) : (image.cmd ?? []))];
}

/** The whole environment of the process: nothing of ours, the image's, and over it the pod's (`given`). */
export function processEnvironment(
  pod: Pod,
  image: ProcessImage,
  given: Readonly<Record<string, string>>,
  path: (inside: string) => string,
): Record<string, string> {
  const paths = { HOME: '/tmp', TMPDIR: '/tmp', ...image.paths };
  const inside = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOSTNAME: pod.spec.hostname ?? pod.metadata.name,
    ...paths,
    ...image.env,
    ...given,
  };
  const mapped = Object.entries(inside).map(([name, value]) => [name, name in paths ? path(value) : value]);
  const environment = Object.fromEntries(mapped) as Record<string, string>;
  return { ...(image.environment?.(environment, path) ?? environment) };
}
