/** The exported functions of a room that take text: those that take nothing else can be tried as they are. */
import { type ParamPattern, parseSync } from 'oxc-parser'
import { readSource } from '../../architecture/source.ts'

export type TextFunction = {
  /** As in `text/fold.ts#foldForSecrecy`. */
  readonly key: string
  readonly path: string
  readonly name: string
  readonly takes: 'text' | 'texts' | 'bytes'
  /** True where it takes more than its text. */
  readonly takesMore: boolean
}

const TAKES: Readonly<Record<string, TextFunction['takes']>> = {
  string: 'text',
  'readonly string[]': 'texts',
  'Iterable<string>': 'texts',
  Uint8Array: 'bytes',
}

export function textFunctions(rooms: readonly string[]): readonly TextFunction[] {
  return readSource()
    .filter(
      ({ path }) => rooms.some((room) => path.startsWith(`${room}/`)) && !path.endsWith('.node.ts'),
    )
    .flatMap(({ path, text }) =>
      parseSync(path, text).program.body.flatMap((node) => {
        const declared = node.type === 'ExportNamedDeclaration' ? node.declaration : null
        if (declared?.type !== 'FunctionDeclaration' || !declared.id) return []
        const { name } = declared.id
        const parameters = declared.params.map((one) => annotationOf(text, one))
        const taken = parameters.flatMap(({ type }) => TAKES[type] ?? [])[0]
        if (!taken) return []
        const [first, ...others] = parameters
        const takesMore =
          !first || !(first.type in TAKES) || others.some(({ isNeeded }) => isNeeded)
        return [{ key: `${path}#${name}`, path, name, takes: taken, takesMore }]
      }),
    )
}

function annotationOf(text: string, parameter: ParamPattern) {
  const written = 'typeAnnotation' in parameter ? parameter.typeAnnotation : null
  const type = written ? text.slice(written.start, written.end).replace(/^:\s*/, '') : ''
  const isOptional = 'optional' in parameter && parameter.optional === true
  return { type, isNeeded: parameter.type !== 'AssignmentPattern' && !isOptional }
}
