import { z } from 'zod';
import { BackupError } from './failureReason.ts';
import { nearestName } from './nearestName.ts';

/** A Kubernetes resource as it was read, with a way to say where something in it stands. */
export interface Resource {
  readonly kind: string;
  readonly value: Record<string, unknown>;
  /** `backup.yaml:12:5`, of the value at the path or of its nearest parent that is there. */
  where(path: readonly PropertyKey[]): string;
}

/** The value in the shape of the schema with all defaults. Throws InvalidSpec that names every wrong field. */
export function parseResource<T extends z.ZodType>(schema: T, resource: Resource): z.output<T> {
  const parsed = schema.safeParse(resource.value);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.flatMap((issue) => issueSentences(schema, issue, resource));
  throw new BackupError('InvalidSpec', sentences.join('\n'));
}

function issueSentences(schema: z.ZodType, issue: z.core.$ZodIssue, resource: Resource): string[] {
  const name = (path: readonly PropertyKey[]) => path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const nearest = nearestName(key, known);
      const advice = nearest ? `did you mean ${nearest}?` : `known are ${known.join(', ')}`;
      return `${resource.where(path)}: ${name(path)} is not a field; ${advice}`;
    });
  }
  const missing = issue.code === 'invalid_type' && /received undefined/.test(issue.message);
  const what = missing ? 'is missing' : wording(issue);
  return [`${resource.where(issue.path)}: ${name(issue.path) || 'the resource'} ${what}`];
}

function wording(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  }
  return issue.message.replace(/^Invalid input: expected/, 'must be').replace(/^Invalid string: /, '');
}

/** Names of the fields that the schema has at a path. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current: z.ZodType = schema;
  for (const step of path) {
    current = unwrapped(current);
    if (current instanceof z.ZodObject) current = current.shape[String(step)] as z.ZodType;
    else if (current instanceof z.ZodArray) current = current.element as z.ZodType;
  }
  current = unwrapped(current);
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

function unwrapped(schema: z.ZodType): z.ZodType {
  let current = schema;
  while (
    current instanceof z.ZodOptional ||
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault
  ) {
    current = current.unwrap() as z.ZodType;
  }
  return current;
}
