/** events.k8s.io refuses longer ones: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const longestNote = 1024;

/** The text in at most 1024 bytes, cut between characters, with … where something is left out. */
export function eventNote(text: string): string {
  if (Buffer.byteLength(text) <= longestNote) return text;
  const room = longestNote - Buffer.byteLength('…');
  let bytes = 0;
  let kept = '';
  for (const { segment } of new Intl.Segmenter('en').segment(text)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > room) break;
    kept += segment;
  }
  return `${kept}…`;
}
