/** Whether text holds a listed reasoning boundary, by the splitter's own scanner: for its tests and its fuzzer. */
import { markersIn } from '../../src/deliberation/split/marker-scanner.ts'

export function holdsMarker(text: string): boolean {
  return !markersIn(text).next().done
}
