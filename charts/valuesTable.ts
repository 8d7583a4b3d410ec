import { isMap, isScalar, type Pair, parseDocument, stringify } from 'yaml';

/** The table of docs/chart.md: every value with its default and the comment above it in values.yaml. */
export function valuesTable(valuesYaml: string): string {
  const { contents } = parseDocument(valuesYaml);
  if (!isMap(contents)) throw new Error('values.yaml is no map.');
  return ['| value | default | meaning |', '|---|---|---|', ...rows(contents.items, '', valuesYaml)].join(
    '\n',
  );
}

function rows(items: readonly Pair[], parent: string, yaml: string): string[] {
  return items.flatMap(({ key, value }) => {
    if (!isScalar(key) || !key.range) throw new Error('A key of values.yaml is no word.');
    const path = parent + String(key.value);
    const text = commentAbove(yaml, key.range[0]);
    if (isMap(value) && !value.flow) {
      const group = text ? [`| **\`${path}\`** | | ${text} |`] : [];
      return [...group, ...rows(value.items, `${path}.`, yaml)];
    }
    const plain = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
    return [`| \`${path}\` | ${plain === '""' ? '' : `\`${plain}\``} | ${text} |`];
  });
}

/** The lines of comment right above a position, as one line for a table. */
function commentAbove(yaml: string, position: number): string {
  const lines = yaml.slice(0, position).split('\n').slice(0, -1);
  const comment: string[] = [];
  for (let line = lines.pop(); line?.trim().startsWith('#'); line = lines.pop()) {
    comment.unshift(line.trim().replace(/^#\s?/, ''));
  }
  return comment.join(' ').replaceAll('|', '\\|');
}
