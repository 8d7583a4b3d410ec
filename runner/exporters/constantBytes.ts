/** UTF-8 text that is written often: prepared to be stored eight bytes at a time. */
export interface ConstantBytes {
  readonly words: Float64Array;
  readonly length: number;
}

/**
 * Prepares text. As numbers the words keep their bits: only a NaN may change on its way, and its bytes (0x7f or 0xff behind 0xf0 or
 * more) do not occur in UTF-8.
 */
export function constantBytes(text: string): ConstantBytes {
  const length = Buffer.byteLength(text);
  const bytes = new Uint8Array(Math.ceil(length / 8) * 8);
  new TextEncoder().encodeInto(text, bytes);
  const view = new DataView(bytes.buffer);
  return {
    words: Float64Array.from({ length: bytes.length / 8 }, (_, index) => view.getFloat64(8 * index, true)),
    length,
  };
}

/** Writes it at `position`; up to seven bytes behind it are overwritten too. Returns the position after it. */
export function writeConstant({ words, length }: ConstantBytes, view: DataView, position: number): number {
  for (let word = 0; word < words.length; word++)
    view.setFloat64(position + 8 * word, words[word] as number, true);
  return position + length;
}
