import { appendFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { BackupError } from '../crds/failureReason.ts';
import { type OperatorConfig, type OptionText, operatorConfig, optionTexts } from './config.ts';
import { runOperator } from './operator.ts';

const help = `dbbackup operator: keeps CronJobs, runs and status of DatabaseBackups. Every option is a flag or a variable.

${optionTexts().map(helpLine).join('\n')}
`;

/**
 * The program of the operator's pod. Exit status 0 after SIGTERM or SIGINT, 1 when the Lease was lost or something is not
 * understood, 2 for a configuration that is wrong.
 */
export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    appendFileSync(1, help);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  let config: OperatorConfig;
  let kubeConfig: KubeConfig;
  try {
    config = operatorConfig(args);
    kubeConfig = readKubeConfig(config.kubeconfig);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    appendFileSync(2, `dbbackup operator: ${error.message}\n`);
    return 2;
  }
  const logger = pino(
    { level: config.logLevel, base: null, serializers: { err: errorFields } },
    { write: (line: string) => appendFileSync(1, line) },
  );
  const end = await runOperator(config, kubeConfig, logger, stop.signal);
  logger.info({ end }, 'ended');
  return end === 'released' ? 0 : 1;
}

function helpLine({ flag, variable, meaning, default: value }: OptionText): string {
  const more = value === undefined ? variable : `${variable}, default ${value}`;
  return `  ${flag.padEnd(22)} ${meaning} (${more})`;
}

function readKubeConfig(path: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (cause) {
    // The words of the error may quote the file, which holds credentials.
    const where = path === undefined ? 'The default kubeconfig' : `The kubeconfig ${path}`;
    throw new BackupError('InvalidSpec', `${where} cannot be read: check the path and that it is YAML.`, {
      cause,
    });
  }
  if (config.getCurrentCluster() === null) {
    throw new BackupError(
      'InvalidSpec',
      'The kubeconfig has no current cluster: set current-context, or --kubeconfig.',
    );
  }
  return config;
}

/** An error in the log: its kind, its own words where they are ours, and where it came from. */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const stack = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return { type: error.name, message: error.message, stack: stack.slice(0, 8) };
}
