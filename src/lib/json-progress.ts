/**
 * How far a JSON text has come that arrives in pieces: begun, or closed. Pure; each character is looked at once.
 * It does not check the text: it only tells where its first array or object ends.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const OPEN_OBJECT = 0x7b
const CLOSE_LIST = 0x5d
const CLOSE_OBJECT = 0x7d

export class JsonProgress {
  #depth = 0
  #isInString = false
  #isEscaped = false
  #isClosed = false

  /** The array or object that the text began with has ended. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  push(text: string): void {
    for (let at = 0; at < text.length; at++) this.#take(text.charCodeAt(at))
  }

  #take(code: number): void {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (code === BACKSLASH) this.#isEscaped = true
      else if (code === QUOTE) this.#isInString = false
    } else if (code === QUOTE) this.#isInString = true
    else if (code === OPEN_LIST || code === OPEN_OBJECT) this.#depth++
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      if (--this.#depth <= 0) this.#isClosed = true
    }
  }
}
