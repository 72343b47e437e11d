/** The number of a revision, for whoever does not want the next one: somebody else may have taken that. Pure. */
import { UsageError } from '../shell/io.ts'

export const NUMBER_OPTION = {
  takes: 'N',
  says: 'The number of the revision',
  otherwise: 'the next one of the gateway',
  read: readNumber,
} as const

function readNumber(text: string, option: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new UsageError(`Set ${option} to a whole number from 1: ${text}`)
}
