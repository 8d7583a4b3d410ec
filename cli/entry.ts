// The one program of the image. It imports nothing itself: a pod needs none of the command line, which needs none of the operator.

interface Program {
  /** Handles signals, and gives the exit status. */
  main(args: readonly string[]): Promise<number>;
}

const programs: Readonly<Record<string, () => Promise<Program>>> = {
  operator: () => import('../operator/main.ts'),
  runner: () => import('../runner/main.ts'),
};

async function start(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args;
  const load = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (load !== undefined) return (await load()).main(rest);
  const commandLine: Program = await import('./main.ts');
  return commandLine.main(args);
}

start(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
