/** Whether text holds a listed reasoning boundary, by the splitter's own scanner: for its tests and its fuzzer. */
import { MarkerScanner } from '../../src/deliberation/split/marker-scanner.ts'

export function holdsMarker(text: string): boolean {
  let isFound = false
  const marker = (): void => {
    isFound = true
  }
  const scanner = new MarkerScanner({ text() {}, marker, end() {} })
  scanner.push(text)
  scanner.end()
  return isFound
}
