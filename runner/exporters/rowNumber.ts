const zero = 0x30;
const nine = 0x39;
const quote = 0x22;
/** Up to 9,999,999 and the quote fill eight bytes. */
const mostDigits = 7;

/** The number of a row as decimal digits and the quote that ends an XML attribute, since each cell of the row repeats them. */
export class RowNumber {
  readonly #digits = Buffer.alloc(mostDigits, zero);
  readonly #word = new DataView(new ArrayBuffer(8));
  #first = mostDigits - 1;
  #value = 0;
  #number = 0;

  /** The number; 0 at first. */
  get value(): number {
    return this.#value;
  }

  /** Adds one; at most 9,999,999. */
  increment(): void {
    this.#value++;
    let at = mostDigits - 1;
    while (this.#digits[at] === nine) this.#digits[at--] = zero;
    this.#digits[at] = (this.#digits[at] as number) + 1;
    if (at < this.#first) this.#first = at;
    const length = mostDigits - this.#first;
    for (let digit = 0; digit < length; digit++) {
      this.#word.setUint8(digit, this.#digits[this.#first + digit] as number);
    }
    this.#word.setUint8(length, quote);
    this.#number = this.#word.getFloat64(0, true);
  }

  /** Writes digits and quote in a word of eight bytes; returns the position after the quote. */
  write(view: DataView, position: number): number {
    view.setFloat64(position, this.#number, true);
    return position + mostDigits - this.#first + 1;
  }
}
