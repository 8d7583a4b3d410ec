import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { BackupError } from '../crds/failureReason.ts';
import { nearestName } from '../crds/nearestName.ts';
import { type RunnerDefaults, runnerDefaults } from './reconcile/runnerDefaults.ts';

const number = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const address = z
  .string()
  .regex(/^[^\s/]*:\d{1,5}$/, 'write host:port, :port for every address, or :0 for any free port')
  .transform((text) => {
    const at = text.lastIndexOf(':');
    return { host: text.slice(0, at) || undefined, port: Number(text.slice(at + 1)) };
  });
export type Address = z.output<typeof address>;
const names = z
  .string()
  .regex(/^[a-z0-9-]+(,[a-z0-9-]+)*$/, 'write names of namespaces with commas between them')
  .transform((text) => [...new Set(text.split(','))]);

/** Every option: as a flag `--runner-image`, and in the environment `DBBACKUP_RUNNER_IMAGE`. The flag wins. */
const options = z.object({
  runnerImage: z.string().min(1).describe('Image of the runner pods.'),
  runnerDefaults: z
    .string()
    .default('{}')
    .transform((text, context) => jsonObject(text, context))
    .describe(
      'JSON with defaults for spec.runner: resources, env, imagePullPolicy, nodeSelector, tolerations …',
    ),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe('Left out: the ServiceAccount of the pod, or KUBECONFIG.'),
  namespaces: names.optional().describe('Namespaces to look at, with commas. Left out: all.'),
  leaderElect: flag.default(true).describe('Whether replicas agree on one that acts, by a Lease.'),
  leaseName: z.string().min(1).max(253).default('database-backup-operator').describe('Name of the Lease.'),
  leaseNamespace: z.string().min(1).max(63).optional().describe('Left out: the namespace of the pod.'),
  identity: z.string().min(1).max(128).default(hostname()).describe('Who holds the Lease.'),
  workers: number(1, 64).default(4).describe('Backups that are worked on at a time.'),
  maxChecks: number(1, 1000).default(4).describe('Check Jobs that are active at a time.'),
  stuckPodSeconds: number(0, 86_400)
    .default(120)
    .describe('How long an image may be unpullable before the run is ended as failed.'),
  metricsAddress: address.prefault(':8080').describe('Where /metrics is served.'),
  healthAddress: address.prefault(':8081').describe('Where /healthz and /readyz are served.'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level of the log.'),
});

export type OperatorConfig = Omit<
  z.output<typeof options>,
  'runnerDefaults' | 'runnerImage' | 'leaseNamespace'
> & {
  readonly runnerDefaults: RunnerDefaults;
  readonly leaseNamespace: string;
};

type OptionName = keyof typeof options.shape;
const optionNames = Object.keys(options.shape) as OptionName[];
const flagOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variableOf = (name: string) => `DBBACKUP_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;

/** Reads flags and environment. Throws InvalidSpec that names the option and both its forms. */
export function operatorConfig(
  args: readonly string[],
  variables: NodeJS.ProcessEnv = process.env,
): OperatorConfig {
  const flags = readFlags(args);
  const given = Object.fromEntries(
    optionNames.map((name) => [name, flags[flagOf(name)] ?? (variables[variableOf(name)] || undefined)]),
  );
  const parsed = options.safeParse(given);
  if (!parsed.success) {
    throw new BackupError(
      'InvalidSpec',
      parsed.error.issues.map((issue) => sentence(issue, given)).join('\n'),
    );
  }
  const { runnerImage, runnerDefaults: more, leaseNamespace, ...rest } = parsed.data;
  const defaults = runnerDefaults.safeParse({ ...more, image: runnerImage });
  if (!defaults.success) {
    const fields = defaults.error.issues
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ');
    throw new BackupError('InvalidSpec', `${bothForms('runnerDefaults')} is no spec.runner: ${fields}.`);
  }
  return {
    ...rest,
    runnerDefaults: defaults.data,
    leaseNamespace: leaseNamespace ?? podNamespace() ?? 'default',
  };
}

/** An option as people see it. */
export interface OptionText {
  readonly flag: string;
  readonly variable: string;
  readonly meaning: string;
  /** Undefined: none, which `meaning` explains where it is not simply needed. */
  readonly default: string | undefined;
}

/** All options, in the order of --help. */
export function optionTexts(): OptionText[] {
  return optionNames.map((name) => {
    const { description = '', def } = options.shape[name];
    const value = 'defaultValue' in def ? String(def.defaultValue) : undefined;
    return {
      flag: `--${flagOf(name)}`,
      variable: variableOf(name),
      meaning: description,
      default: name === 'identity' ? 'the name of the host' : value,
    };
  });
}

function readFlags(args: readonly string[]): Record<string, string | undefined> {
  const known = optionNames.map(flagOf);
  try {
    const { values } = parseArgs({
      args: [...args],
      options: Object.fromEntries(known.map((name) => [name, { type: 'string' } as const])),
    });
    return values as Record<string, string | undefined>;
  } catch (cause) {
    const message = (cause as Error).message.split(/\. |\n/)[0] ?? '';
    const unknown = /^Unknown option '--?([^']+)'/.exec(message)?.[1];
    const nearest = unknown && nearestName(unknown, known);
    throw new BackupError(
      'InvalidSpec',
      `${message}${nearest ? `; did you mean --${nearest}?` : ''}; see dbbackup operator --help.`,
      { cause },
    );
  }
}

function sentence(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const name = String(issue.path[0]);
  if (given[name] === undefined) return `${bothForms(name)} is missing.`;
  return `${bothForms(name)}: ${issue.message.replace(/^Invalid (input|string|option): /, '')}.`;
}

function bothForms(name: string): string {
  return `The option --${flagOf(name)} (${variableOf(name)})`;
}

function jsonObject(text: string, context: z.RefinementCtx): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Told below: the words of JSON.parse quote the text.
  }
  context.addIssue({ code: 'custom', message: 'is no JSON object' });
  return z.NEVER;
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api */
function podNamespace(): string | undefined {
  try {
    return (
      readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim() || undefined
    );
  } catch {
    return undefined;
  }
}
