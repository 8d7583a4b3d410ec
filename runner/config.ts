import { tmpdir } from 'node:os';
import { z } from 'zod';
import { databaseBackup } from '../crds/databaseBackup.ts';
import { BackupError } from '../crds/failureReason.ts';
import { parseResource, type Resource } from '../crds/parseResource.ts';

const logLevels = ['debug', 'info', 'warn', 'error'] as const;

const optional = z.string().optional();
const environment = z.object({
  DBBACKUP_LOG_LEVEL: z.enum(logLevels).default('info'),
  DBBACKUP_GOOGLE_URL: z.url().optional(),
  DBBACKUP_PG_DUMP: z.string().min(1).default('pg_dump'),
  DBBACKUP_STAGING: z.string().min(1).default(tmpdir()),
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
  /** Folder for staged files, where the spec wants staging. */
  readonly stagingDirectory: string;
  readonly proxy: { readonly httpsProxy: string | undefined; readonly noProxy: string | undefined };
}

/** Reads the environment. Throws InvalidSpec that names the variable. */
export function runnerConfig(variables: NodeJS.ProcessEnv = process.env): RunnerConfig {
  const env = checked(environment, variables);
  return {
    logLevel: env.DBBACKUP_LOG_LEVEL,
    googleURL: env.DBBACKUP_GOOGLE_URL,
    pgDump: env.DBBACKUP_PG_DUMP,
    stagingDirectory: env.DBBACKUP_STAGING,
    proxy: { httpsProxy: env.HTTPS_PROXY || env.https_proxy, noProxy: env.NO_PROXY || env.no_proxy },
  };
}

const jobEnvironment = z.object({
  DBBACKUP_RESOURCE: z.string().min(2),
  DBBACKUP_SECRETS: z.string().min(1).default('/var/run/secrets/dbbackup.dev'),
  DBBACKUP_TERMINATION_LOG: z.string().min(1).default('/dev/termination-log'),
  DBBACKUP_NEXT_RUN: optional,
});

/** What the operator tells its runner, beside the environment that everyone has. */
export function jobConfig(variables: NodeJS.ProcessEnv = process.env) {
  const env = checked(jobEnvironment, variables);
  return {
    backup: parseResource(databaseBackup, resourceIn('DBBACKUP_RESOURCE', env.DBBACKUP_RESOURCE)),
    secretsDirectory: env.DBBACKUP_SECRETS,
    terminationLog: env.DBBACKUP_TERMINATION_LOG,
    nextRun: env.DBBACKUP_NEXT_RUN,
  };
}

/** The resource that a variable holds as JSON. */
function resourceIn(variable: string, text: string): Resource {
  const where = () => variable;
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return { kind: String(value.kind), value, where };
  } catch (cause) {
    throw new BackupError('InvalidSpec', `The environment variable ${variable} is not JSON.`, { cause });
  }
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
