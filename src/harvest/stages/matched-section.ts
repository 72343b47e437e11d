/** Which sections a request brought up, and which are there for every one. Pure. */
import type { Transcript } from '../../transcript/record/record.ts'

export type Selected = Transcript['selection'][number]

/** True for a section that was given in full because of what was asked. */
export function isMatchedSection({ full, reason }: Selected): boolean {
  return full && reason !== 'always'
}
