/** What is said of a token without a scope (its short name), and how one with it is made. */
export function missingScope(scope: string, whose = 'The token'): string {
  const flag = scope === 'drive.file' ? '' : ` --scope ${scope}`;
  return `${whose} lacks the scope ${scope}: run \`dbbackup auth login${flag}\` and leave the box ticked`;
}
