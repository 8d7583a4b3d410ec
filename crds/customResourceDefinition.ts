import { z } from 'zod';
import { apiGroup } from './databaseBackup.ts';

interface Resource {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly rules: readonly { rule: string; message: string; fieldPath?: string }[];
  readonly selectableFields?: readonly string[];
  readonly columns: readonly { name: string; type: string; jsonPath: string; priority?: number }[];
}

type Schema = Record<string, unknown>;

// What a structural schema may hold; anything else in zod's output stops the generation.
const allowed = new Set([
  ...['type', 'format', 'description', 'default', 'enum', 'nullable', 'required'],
  ...['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'maxProperties'],
  ...['x-kubernetes-validations', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
  'x-kubernetes-int-or-string',
]);

/**
 * The structural OpenAPI schema of a zod schema, as a CRD takes it. Throws with the path for what a CRD
 * cannot express (unions, tuples).
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function structuralSchema(schema: z.ZodType): Schema {
  return structural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as Schema, '');
}

function structural(schema: Schema, path: string): Schema {
  const result: Schema = {};
  // The one union that a CRD knows.
  if (schema['x-kubernetes-int-or-string'] === true) {
    const { anyOf, ...rest } = schema;
    return rest;
  }
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      result.properties = Object.fromEntries(
        Object.entries(value as Record<string, Schema>).map(([name, property]) => [
          name,
          structural(property, `${path}.${name}`),
        ]),
      );
    } else if (key === 'items') {
      result.items = structural(value as Schema, `${path}[]`);
    } else if (key === 'additionalProperties') {
      // Beside properties a CRD forbids it: unknown fields are refused or pruned anyway.
      if (value !== false && schema.properties === undefined) {
        result.additionalProperties = structural(value as Schema, `${path}.*`);
      }
    } else if (key === 'minimum' || key === 'maximum') {
      if (Math.abs(value as number) !== Number.MAX_SAFE_INTEGER) result[key] = value;
    } else if (key === 'pattern') {
      // The API server would answer with the pattern; a rule beside it says the same with a sentence. Times
      // have zod's own pattern, but the operator alone writes them.
      if (schema['x-kubernetes-validations'] === undefined && schema.format !== 'date-time') {
        throw new Error(`${path}: a pattern needs a sentence: use patterned()`);
      }
    } else if (allowed.has(key)) {
      result[key] = value;
    } else if (key !== 'propertyNames' && key !== '$schema' && key !== 'id') {
      throw new Error(`${path}: a CRD cannot express ${key}`);
    }
  }
  if (result.type === 'integer') result.format = 'int64';
  if (result.type === undefined) throw new Error(`${path}: a CRD needs a type`);
  return result;
}

/** The CustomResourceDefinition object of a resource: one version, served and stored. */
export function customResourceDefinition(resource: Resource) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource.plural}.${apiGroup}` },
    spec: {
      group: apiGroup,
      scope: 'Namespaced',
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.kind.toLowerCase(),
        shortNames: [resource.shortName],
        categories: ['dbbackup'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: resource.columns,
          ...(resource.selectableFields
            ? { selectableFields: resource.selectableFields.map((jsonPath) => ({ jsonPath })) }
            : {}),
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: resource.description,
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object', properties: { name: { type: 'string' } } },
                spec: structuralSchema(resource.spec),
                status: structuralSchema(resource.status),
              },
              'x-kubernetes-validations': resource.rules,
            },
          },
        },
      ],
    },
  };
}
