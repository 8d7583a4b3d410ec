import { tmpdir } from 'node:os';
import { z } from 'zod';
import { type DatabaseBackup, databaseBackup } from '../crds/databaseBackup.ts';
import { drillSocketDirectory } from '../crds/drillSpec.ts';
import { BackupError } from '../crds/failureReason.ts';
import { parseResource, type Resource } from '../crds/parseResource.ts';

const logLevels = ['debug', 'info', 'warn', 'error'] as const;

const optional = z.string().optional();
const environment = z.object({
  DBBACKUP_LOG_LEVEL: z.enum(logLevels).default('info'),
  DBBACKUP_GOOGLE_URL: z.url().optional(),
  DBBACKUP_PG_DUMP: z.string().min(1).default('pg_dump'),
  DBBACKUP_PSQL: z.string().min(1).default('psql'),
  DBBACKUP_STAGING: z.string().min(1).default(tmpdir()),
  DBBACKUP_DRILL_SOCKET: z.string().startsWith('/').default(drillSocketDirectory),
  HTTPS_PROXY: optional,
  https_proxy: optional,
  NO_PROXY: optional,
  no_proxy: optional,
});

/** What the environment says, for the runner and the command line alike. */
export interface RunnerConfig {
  readonly logLevel: (typeof logLevels)[number];
  /** Root of all Google calls; undefined: Google itself. */
  readonly googleURL: string | undefined;
  readonly pgDump: string;
  readonly psql: string;
  /** Folder for staged files, where the spec wants staging. */
  readonly stagingDirectory: string;
  /** Folder of the socket of a drill's PostgreSQL beside the runner. */
  readonly drillSocket: string;
  readonly proxy: { readonly httpsProxy: string | undefined; readonly noProxy: string | undefined };
}

/** Reads the environment. Throws InvalidSpec that names the variable. */
export function runnerConfig(variables: NodeJS.ProcessEnv = process.env): RunnerConfig {
  const env = checked(environment, variables);
  return {
    logLevel: env.DBBACKUP_LOG_LEVEL,
    googleURL: env.DBBACKUP_GOOGLE_URL,
    pgDump: env.DBBACKUP_PG_DUMP,
    psql: env.DBBACKUP_PSQL,
    stagingDirectory: env.DBBACKUP_STAGING,
    drillSocket: env.DBBACKUP_DRILL_SOCKET,
    proxy: { httpsProxy: env.HTTPS_PROXY || env.https_proxy, noProxy: env.NO_PROXY || env.no_proxy },
  };
}

/** Folder of the Secrets of a pod, each in a folder of its name. Throws InvalidSpec. */
export function secretsConfig(variables: NodeJS.ProcessEnv = process.env): string {
  const schema = z.string().min(1).default('/var/run/secrets/dbbackup.dev');
  return checked(z.object({ DBBACKUP_SECRETS: schema }), variables).DBBACKUP_SECRETS;
}

/** What a pod works on, as the operator gives it. Throws InvalidSpec. */
export function resourceConfig<T extends z.ZodType>(
  schema: T,
  variables: NodeJS.ProcessEnv = process.env,
): z.output<T> {
  return resourceIn('DBBACKUP_RESOURCE', schema, variables);
}

/** The backup that a pod works for. Throws InvalidSpec. */
export function backupConfig(variables: NodeJS.ProcessEnv = process.env): DatabaseBackup {
  return resourceConfig(databaseBackup, variables);
}

/** What a pod works on, by the schema of its kind. Throws InvalidSpec, also for a kind that has none here. */
export function resourceOfKind<S extends Readonly<Record<string, z.ZodType>>>(
  schemas: S,
  variables: NodeJS.ProcessEnv = process.env,
): z.output<S[keyof S]> {
  const resource = jsonIn('DBBACKUP_RESOURCE', variables);
  const schema = Object.hasOwn(schemas, resource.kind) ? schemas[resource.kind] : undefined;
  if (schema !== undefined) return parseResource(schema, resource) as z.output<S[keyof S]>;
  const kinds = Object.keys(schemas).join(' or a ');
  const what = resource.kind === '' ? 'has no kind' : `is of kind ${resource.kind}`;
  throw new BackupError('InvalidSpec', `DBBACKUP_RESOURCE ${what}: it must be a ${kinds}.`);
}

/** What a notify Job is to mail. Throws InvalidSpec. */
export function noticeConfig<T extends z.ZodType>(
  schema: T,
  variables: NodeJS.ProcessEnv = process.env,
): z.output<T> {
  return resourceIn('DBBACKUP_NOTICE', schema, variables);
}

/** The file of the termination message. Never throws: failures of the rest of the environment are told in it. */
export function terminationLog(variables: NodeJS.ProcessEnv = process.env): string {
  return variables.DBBACKUP_TERMINATION_LOG || '/dev/termination-log';
}

function resourceIn<T extends z.ZodType>(
  variable: string,
  schema: T,
  variables: NodeJS.ProcessEnv,
): z.output<T> {
  return parseResource(schema, jsonIn(variable, variables));
}

function jsonIn(variable: string, variables: NodeJS.ProcessEnv): Resource {
  const text = checked(z.object({ [variable]: z.string().min(2) }), variables)[variable] ?? '';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BackupError('InvalidSpec', `The environment variable ${variable} is not JSON.`, { cause });
  }
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return { kind: String(fields.kind ?? ''), value: fields, where: () => variable };
}

/** The environment for programs that we start, without the PG* variables that would override the spec. */
export function programEnvironment(variables: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('PG')));
}

function checked<T extends z.ZodType>(schema: T, variables: NodeJS.ProcessEnv): z.output<T> {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BackupError(
    'InvalidSpec',
    `The environment variable ${issue?.path.join('.')} is wrong: ${issue?.message}.`,
  );
}
