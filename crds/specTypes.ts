import { z } from 'zod';

/** A rule of the spec: a check for zod, the same in CEL for the API server, one sentence for both. */
export interface SpecRule<T> {
  readonly check: (value: T) => boolean;
  readonly cel: string;
  /** Follows the name of the field. */
  readonly message: string;
  /** Whether the value may be a secret: the API server then says Forbidden and not what it is. */
  readonly hidesValue?: true;
}

/** A CEL rule of the CRD alone, where zod checks in another way. */
export const celRules = (...rules: { rule: string; message: string; reason?: string }[]) => ({
  'x-kubernetes-validations': rules,
});

/** The schema with rules on its value, in zod and in the CRD. */
export function ruled<T extends z.ZodType>(schema: T, ...rules: SpecRule<z.output<T>>[]): T {
  const refined = rules.reduce<T>(
    (all, { check, message }) => all.refine((value) => check(value as z.output<T>), { error: message }) as T,
    schema,
  );
  return refined.meta(
    celRules(
      ...rules.map(({ cel, message, hidesValue }) => ({
        rule: cel,
        message,
        ...(hidesValue && { reason: 'FieldValueForbidden' }),
      })),
    ),
  );
}

/**
 * A string of a form. The CRD says it as a CEL rule, since the API server answers a `pattern` with the
 * pattern and not with a sentence. The expression must mean the same in JavaScript and RE2.
 */
export function patterned(schema: z.ZodString, form: RegExp, message: string): z.ZodString {
  return schema
    .regex(form, message)
    .meta(celRules({ rule: `self.matches(${celString(form.source)})`, message }));
}

/** A text as CEL writes it, without escapes. */
export const celString = (text: string) => `r'${text}'`;

/** Name of an object in the same namespace: an RFC 1123 subdomain. */
export const objectName = patterned(
  z.string().max(253),
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  'write a name of lower-case letters, digits, - and . such as shop-db',
);

const secretKey = patterned(
  z.string().max(253),
  /^[-._a-zA-Z0-9]+$/,
  'write a key of letters, digits, -, _ and . such as token.json',
);

/** A reference to a whole Secret. */
export const secretRef = z.strictObject({
  name: objectName.describe('Name of the Secret, in the same namespace.'),
});

/** A reference to one key of a Secret; `what` completes its description. */
export const secretKeyRef = (key: string, what: string) =>
  z.strictObject({
    name: objectName.describe('Name of the Secret, in the same namespace.'),
    key: secretKey.default(key).describe(`Key of the Secret that holds ${what}.`),
  });
