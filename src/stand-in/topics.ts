/**
 * The stand-in's whole understanding: short word lists, and what it decides when one of them matches.
 * No I/O. It is a script and not a classifier: nothing may rely on it to be right about real text.
 */

export type TopicDecision = 'comply' | 'safe_complete' | 'refuse'

type Topic = {
  readonly decision: TopicDecision
  /** Section ids whose clauses are cited, where they were injected. */
  readonly sections: readonly string[]
  readonly words: RegExp
}

const TOPICS: readonly Topic[] = [
  {
    decision: 'safe_complete',
    sections: ['SHM'],
    words:
      /\b(suicid\w*|self[- ]harm\w*|kill(ing)? myself|hurt(ing)? myself|cut(ting)? myself|end my (own )?life|want to die|anorexi\w*|bulimi\w*)\b/i,
  },
  {
    decision: 'refuse',
    sections: ['MIN', 'SEX'],
    words: /\b(child|minor|underage|teen)\w*\b.{0,40}\b(porn\w*|sexual\w*|nude\w*|erotic\w*)\b/i,
  },
  {
    decision: 'refuse',
    sections: ['WPN', 'EXT'],
    words:
      /\b(build|make|making|assemble|synthesi[sz]e|detonate)\b.{0,40}\b(bombs?|explosives?|grenades?|nerve (gas|agent)|sarin|ricin|anthrax|bioweapons?|chemical weapons?)\b/i,
  },
  {
    decision: 'refuse',
    sections: ['VIO', 'HRM', 'ILL'],
    words:
      /\b(kill|murder|poison|stab|strangle|assassinate)(ing)?\b.{0,20}\b(someone|somebody|him|her|them|people|my (wife|husband|boss|neighbou?r|partner|parents?))\b/i,
  },
  {
    decision: 'refuse',
    sections: ['DRG'],
    words:
      /\b(cook|make|synthesi[sz]e|produce)\b.{0,30}\b(meth\w*|heroin|cocaine|fentanyl|mdma|lsd)\b/i,
  },
  {
    decision: 'refuse',
    sections: ['CYB'],
    words:
      /\b(write|build|create|make|deploy)\b.{0,40}\b(ransomware|malware|keylogger|computer virus|botnet|phishing)\b/i,
  },
  {
    decision: 'refuse',
    sections: ['FRD', 'ILL', 'DCP'],
    words:
      /\b(launder money|steal (a|an|some|someone|credit|money|identit)|fake passport|forge a|counterfeit|scam (people|someone)|blackmail|extort)\b/i,
  },
  {
    decision: 'refuse',
    sections: ['PRV', 'EXF'],
    words: /\b(dox|stalk|exfiltrate|home address of)\b/i,
  },
  {
    decision: 'safe_complete',
    sections: ['ADV'],
    words:
      /\b(dosage|overdose|diagnos\w*|symptoms?|prescri\w*|chest pain|medication|mg of|pregnan\w*)\b/i,
  },
]

const UNREMARKABLE: Topic = { decision: 'comply', sections: [], words: /(?:)/ }

/** At most so many clauses of one topic are cited. */
const CITED_PER_TOPIC = 2

/** What the script decides for a text, and which of the injected clauses it cites for it. */
export function decideTopic(
  text: string,
  clauses: readonly string[],
): { readonly decision: TopicDecision; readonly cited: readonly string[] } {
  const topic = TOPICS.find(({ words }) => words.test(text)) ?? UNREMARKABLE
  const own = clauses.filter((clause) => topic.sections.includes(sectionOf(clause)))
  const general = clauses.filter((clause) => sectionOf(clause) === 'GEN').slice(0, 1)
  const cited = [...own.slice(0, CITED_PER_TOPIC), ...general]
  return { decision: topic.decision, cited: cited.length > 0 ? cited : clauses.slice(0, 1) }
}

/** The section a clause id belongs to: its letters. */
export function sectionOf(clause: string): string {
  return clause.replace(/(?<!\d)\d+$/, '')
}
