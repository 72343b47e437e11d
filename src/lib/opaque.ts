/**
 * A box whose content neither prints, nor serialises, nor compares: the structure behind every secret of the gateway.
 * Opening it is `reveal`, which lint allows in few named files. It must never gain a method that shows its content.
 */

const HIDDEN = '[hidden]'

/** The symbol by which Node's inspector asks an object to describe itself. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom')

export class Opaque<Content> {
  readonly #content: Content

  constructor(content: Content) {
    this.#content = content
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [Symbol.toPrimitive](): string {
    return HIDDEN
  }

  [INSPECT](): string {
    return HIDDEN
  }

  /** Reads the content of a box; only `reveal` calls it. */
  static open<Content>(box: Opaque<Content>): Content {
    return box.#content
  }
}

/** Opens a box. Every call site is a decision that lint must know of. */
export function reveal<Content>(box: Opaque<Content>): Content {
  return Opaque.open(box)
}
