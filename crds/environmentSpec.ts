import { z } from 'zod';
import { objectName, patterned, ruled } from './specTypes.ts';

const key = z.string().min(1).max(253).describe('Key in it.');
const optional = z.boolean().optional().describe('Whether it may be missing.');
const keyOf = (kind: string) =>
  z.strictObject({ name: objectName.describe(`Name of the ${kind}, in the same namespace.`), key, optional });

const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'] as const;
// Written out for the reason that stands in affinitySpec.ts.
const valueFrom = ruled(
  z.strictObject({
    fieldRef: z
      .strictObject({
        fieldPath: z.string().min(1).max(253).describe('Such as spec.nodeName or status.podIP.'),
      })
      .optional()
      .describe('A field of the pod.'),
    resourceFieldRef: z
      .strictObject({
        resource: z.string().min(1).max(253).describe('Such as limits.memory.'),
        divisor: z.string().max(32).optional().describe('Unit of the value, such as 1Mi.'),
      })
      .optional()
      .describe('A request or limit of the runner.'),
    configMapKeyRef: keyOf('ConfigMap').optional().describe('A key of a ConfigMap.'),
    secretKeyRef: keyOf('Secret').optional().describe('A key of a Secret.'),
  }),
  {
    check: (value) => sources.filter((name) => value[name] !== undefined).length === 1,
    cel: `[${sources.map((name) => `has(self.${name})`).join(', ')}].filter(given, given).size() == 1`,
    message: `name exactly one of ${sources.join(', ')}`,
  },
);

/** Variables that the operator sets: a person cannot. */
export const reservedVariables = ['RESOURCE', 'NOTICE', 'SECRETS', 'STAGING', 'TERMINATION_LOG'].map(
  (end) => `DBBACKUP_${end}`,
);

/** An item of spec.runner.env, as in a Pod. */
export const environmentVariable = ruled(
  z.strictObject({
    name: patterned(
      z.string().max(256),
      /^[ -<>-~]+$/,
      'write a name such as HTTPS_PROXY, without =',
    ).describe('Name of the variable.'),
    value: z.string().max(32768).optional().describe('Its value; a number or true stands in quotes.'),
    valueFrom: valueFrom.optional().describe('Where the value comes from.'),
  }),
  {
    check: ({ name }) => !reservedVariables.includes(name),
    cel: `!(self.name in [${reservedVariables.map((name) => `'${name}'`).join(', ')}])`,
    message: 'sets a variable of the operator itself: leave it out',
  },
  {
    check: ({ value, valueFrom }) => !value || valueFrom === undefined,
    cel: "!has(self.valueFrom) || !has(self.value) || self.value == ''",
    message: 'has value and valueFrom: leave one of them out',
  },
);
