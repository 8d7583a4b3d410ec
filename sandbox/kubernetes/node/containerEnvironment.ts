import { expandVariables } from './expandVariables.ts';
import { fieldValue, type MachineFacts, resourceValue } from './fieldValue.ts';
import type { Container, EnvironmentVariable, KeySelector, Pod } from './pod.ts';
import type { PodSources, Values } from './podSources.ts';

/**
 * The variables that a container's `envFrom` and `env` give, with `$(NAME)` expanded; `known` are those of the
 * node (KUBERNETES_SERVICE_HOST). Throws with the kubelet's words where something is missing and not optional.
 */
export async function containerEnvironment(
  pod: Pod,
  container: Container,
  known: Readonly<Record<string, string>>,
  sources: PodSources,
  machine: MachineFacts,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { namespace } = pod.metadata;
  const environment: Record<string, string> = {};
  for (const { prefix = '', secretRef, configMapRef } of container.envFrom ?? []) {
    const values = secretRef
      ? required('secret', secretRef, await sources.secret(namespace, secretRef.name, signal))
      : configMapRef
        ? required('configmap', configMapRef, await sources.configMap(namespace, configMapRef.name, signal))
        : undefined;
    for (const [key, value] of values ?? []) environment[prefix + key] = value.toString();
  }
  for (const variable of container.env ?? []) {
    const value = await variableValue(variable);
    if (value !== undefined) environment[variable.name] = value;
  }
  return environment;

  async function variableValue({ value, valueFrom }: EnvironmentVariable): Promise<string | undefined> {
    if (value) return expandVariables(value, (name) => environment[name] ?? known[name]);
    const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = valueFrom ?? {};
    if (fieldRef) return fieldValue(pod, fieldRef.fieldPath, machine);
    if (resourceFieldRef) return resourceValue(pod, resourceFieldRef, container, machine);
    if (secretKeyRef) {
      const values = await sources.secret(namespace, secretKeyRef.name, signal);
      return keyValue('Secret', namespace, secretKeyRef, required('secret', secretKeyRef, values));
    }
    if (configMapKeyRef) {
      const values = await sources.configMap(namespace, configMapKeyRef.name, signal);
      return keyValue(
        'ConfigMap',
        namespace,
        configMapKeyRef,
        required('configmap', configMapKeyRef, values),
      );
    }
    return '';
  }
}

function required(
  kind: string,
  { name, optional }: { readonly name: string; readonly optional?: boolean },
  values: Values | undefined,
): Values | undefined {
  if (!values && !optional) throw new Error(`${kind} "${name}" not found`);
  return values;
}

function keyValue(
  kind: string,
  namespace: string,
  { name, key, optional }: KeySelector,
  values: Values | undefined,
): string | undefined {
  const value = values?.get(key);
  if (value === undefined && !optional)
    throw new Error(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
  return value?.toString();
}
