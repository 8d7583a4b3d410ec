import { stopSignal } from '../runner/stopSignal.ts';

// The one program of the image. What runs in pods is told apart first: it needs none of the command line.

interface Program {
  /** Gives the exit status. */
  main(args: readonly string[]): Promise<number>;
}

const programs: Readonly<Record<string, () => Promise<Program>>> = {
  runner: () => import('../runner/main.ts'),
};

async function start(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args;
  const load = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (load !== undefined) return (await load()).main(rest);
  const stop = stopSignal((signal) => `dbbackup was stopped by ${signal}.`);
  const { main } = await import('./main.ts');
  return main(args, process, stop);
}

start(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
