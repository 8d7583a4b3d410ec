/**
 * Replaces `$(NAME)` by the variable's value; a name that is not there stays as it is, `$$` is a single `$`.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function expandVariables(text: string, value: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (match, word: string, name: string) =>
    word === '$' ? '$' : (value(name) ?? match),
  );
}
