import { z } from 'zod';

/** A CEL rule of the CRD; the same rule stands in zod as a refinement beside it. */
export const rule = (rule: string, message: string) => ({ rule, message });
export const celRules = (...rules: { rule: string; message: string }[]) => ({
  'x-kubernetes-validations': rules,
});

/** An object that Kubernetes itself defines and checks: passed on as it is. */
export const kubernetesObject = () =>
  z.looseObject({}).meta({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true });

/** Name of an object in the same namespace. */
export const objectName = z.string().min(1).max(253);
const secretKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

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
