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
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const nearest = nearestName(key, known);
      const advice = nearest ? `did you mean ${nearest}?` : `known are ${known.join(', ')}`;
      return `${resource.where(path)}: ${fieldName(path)} is not a field; ${advice}`;
    });
  }
  const missing = issue.code === 'invalid_type' && /received undefined/.test(issue.message);
  const what = missing ? 'is missing' : wording(issue);
  return [`${resource.where(issue.path)}: ${fieldName(issue.path) || 'the resource'} ${what}`];
}

/** `spec.formats[1]`, as the API server writes it. */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}

const typeNames: Record<string, string> = {
  ...{ array: 'a list', object: 'a map', record: 'a map', string: 'text (put it in quotes)' },
  ...{ number: 'a number', int: 'a whole number', boolean: 'true or false' },
};

function wording(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'too_small':
    case 'too_big':
      return issue.message.startsWith('Too ') ? limitWording(issue) : issue.message;
    default:
      return issue.message;
  }
}

function limitWording(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (issue.origin === 'string') return `must have ${limit} characters`;
  return issue.origin === 'array' ? `must have ${limit} items` : `must be ${limit}`;
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
