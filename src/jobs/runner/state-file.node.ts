/**
 * The state file of a job on disk: gone on with where it was left, or begun. File I/O, one process at a time.
 * A line is in the file before anything else is asked, so that a kill costs only what was under way.
 */
import { type LineFile, openLineFile, type StoredLine } from './line-file.node.ts'
import type { StateFormat } from './state-format.ts'

export type StateFile<Header, Line> = {
  readonly header: Header
  append(line: Line): StoredLine
  readAt(place: StoredLine): Line | null
  close(): void
}

export type StateFileOptions<Header, Line> = {
  readonly path: string
  readonly format: StateFormat<Header, Line>
  /** The header of a job that is new. */
  readonly begin: () => Header | Promise<Header>
  /** The header that this run would have with what was only learnt when the job began; left out: what `begin` says. */
  readonly goOn?: (there: Header) => Header
  /** Called for each line after the header that is there. */
  readonly onLine: (line: Line, place: StoredLine) => void
  /** What to do about a file that cannot be gone on with: `Name another file`. */
  readonly advice: string
}

/** @throws Error for a file of another job, or of none, which is left as it was; and for one that another process has. */
export async function openStateFile<Header, Line>(
  options: StateFileOptions<Header, Line>,
): Promise<StateFile<Header, Line>> {
  const { path, format, begin, goOn = begin, onLine } = options
  const refuse = (why: string): never => {
    throw new Error(`${options.advice}: ${path} cannot be gone on with: ${why}`)
  }
  const checkHeader = async (text: string): Promise<Header> => {
    const there = format.decodeHeader(text) ?? refuse(NO_STATE)
    const differences = format.differences(there, await goOn(there))
    if (differences.length === 0) return there
    return refuse(`it was begun with other settings (${differences.join('; ')})`)
  }
  let header: Header | null = null
  const file = await openLineFile({
    path,
    start: format.start,
    onOther: () => refuse(NO_STATE),
    async onLine(text, number, place) {
      if (number === 1) header = await checkHeader(text)
      else
        onLine(format.decodeLine(text) ?? refuse(`line ${number} is no line of such a job`), place)
    },
  })
  return {
    header: header ?? (await beginFile(file, options)),
    append: (line) => file.append(format.encode(line)),
    readAt: (place) => format.decodeLine(file.readAt(place)),
    close: () => file.close(),
  }
}

const NO_STATE = 'it holds something else: it does not begin as one'

async function beginFile<Header, Line>(
  file: LineFile,
  { format, begin }: StateFileOptions<Header, Line>,
): Promise<Header> {
  try {
    const header = await begin()
    file.append(format.encode(header))
    return header
  } catch (error) {
    file.close()
    throw error
  }
}
