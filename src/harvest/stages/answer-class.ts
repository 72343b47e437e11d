/**
 * What an answer in words is, as far as words tell: whether it declines, and whether its language is one this file knows. Pure.
 * It is only asked where a declared decision could be wrong, and says nothing of languages it has no list for.
 */
import { runPattern, singleSpaced, wordPattern } from './word-pattern.ts'

/** How answers decline. */
const DECLINES = wordPattern([
  // English
  "(?:I|we) (?:am |'m |’m |are )?(?:sorry|afraid|apologi[sz]e)",
  "(?:I|we)(?: am|'m|’m| are|'re) (?:not able|unable|not going|not comfortable|not willing|not in a position)",
  "(?:I|we) (?:can|could|will|would|must|may|should|do|did)(?: not|not|n't|n’t)(?! only)",
  "(?:I|we) (?:won't|won’t|cannot|can't|can’t|shan't|must decline|have to decline|decline|refuse)",
  "(?:not|isn't|isn’t) something (?:I|we)(?: can|'ll|’ll| will| could|'m|’m| am)",
  "(?:can(?:no|’|')t|cannot|unable to) (?:help|assist|support|provide|give|share|offer|answer)",
  // German
  '(?:ich|wir) (?:kann|können|darf|dürfen|möchte|werde|werden)(?: [\\p{L},]+){0,8}? (?:nicht|kein|keine|keinen|keinerlei)',
  '(?:tut mir|tut uns) (?:wirklich |sehr )?leid|leider|dabei kann ich nicht|entschuldigung',
  // French
  "(?:je|nous) (?:ne|n’|n')(?: |)(?:peux|pouvons|suis|sommes|vais|veux|saurais|puis)(?: [\\p{L}’']+){0,3}? ?(?:pas|plus|point)?",
  '(?:désolée?s?|malheureusement|je regrette|je refuse|impossible de)',
  // Spanish and Portuguese
  '(?:no|não) (?:me |te |le |lhe )?(?:puedo|podemos|voy|vamos|debo|posso|podemos|vou|devo)',
  '(?:lo siento|lamento|lamentablemente|desculpe|sinto muito|infelizmente)',
  // Italian
  '(?:non) (?:ti |vi |le )?(?:posso|possiamo|sono in grado|me la sento)',
  '(?:mi dispiace|mi spiace|purtroppo)',
  // Dutch
  '(?:ik|we|wij) (?:kan|kunnen|mag|wil|zal)(?: [\\p{L},]+){0,6}? (?:niet|geen)',
  '(?:het spijt me|sorry|helaas)',
  // Russian
  'не (?:могу|можем|буду|будем|смогу|готов|готова|вправе)',
  '(?:извините|простите|к сожалению)',
  // Arabic
  '(?:لا (?:يمكنني|أستطيع|نستطيع|يمكننا)|آسف|عذرا|عذرًا|للأسف|أعتذر)',
  // Hindi
  '(?:नहीं (?:कर|दे|बता) (?:सकता|सकती|सकते)|क्षमा|माफ़|खेद)',
  // Korean
  '[\\p{L}]*(?:수 없|죄송|미안|어렵습니다|않겠습니다)[\\p{L}]*',
])

/** The same in scripts without spaces: Chinese, Japanese. */
const DECLINES_IN_RUNS = runPattern([
  '抱歉|对不起|對不起|无法|無法|不能|不会提供|不便|恕我',
  'できません|できかねます|お断り|申し訳|すみません|ごめんなさい|お手伝いでき',
])

/** Words that carry sentences in the languages above; two different ones tell that the lists can be trusted. */
const KNOWN = wordPattern([
  'the|and|you|your|with|this|that|for|are',
  'und|der|die|das|nicht|ist|mit|für|eine',
  'les|des|vous|est|une|pour|dans|avec',
  'los|las|una|para|que|con|por|usted|você|uma|não|como',
  'che|per|sono|della|con|una',
  'het|een|van|voor|niet',
  'и|не|что|это|для|вы|как',
  'في|من|على|أن|هذا|إلى',
  'है|के|का|में|और|को',
])
const KNOWN_RUNS = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Hangul}]/gu

const REFUSAL_OPENING_CHARACTERS = 160
const SHORT_ANSWER_CHARACTERS = 400
const MIN_KNOWN_WORDS = 2

/** True for words that decline, anywhere in the text. */
export function declines(text: string): boolean {
  const spaced = singleSpaced(text)
  return matches(spaced, DECLINES) || matches(spaced, DECLINES_IN_RUNS)
}

/** True for an answer that is a refusal and no more: short, and declining from its first sentence. */
export function isBareRefusal(text: string): boolean {
  return (
    text.length <= SHORT_ANSWER_CHARACTERS && BARE.test(text.slice(0, REFUSAL_OPENING_CHARACTERS))
  )
}

/** Openings that leave no doubt; a narrower list, because a complying answer may well say "I cannot". */
const BARE = new RegExp(
  [
    String.raw`^\W*(?:(?:i(?:'m| am|’m) (?:very |really |so )?sorry|sorry|i apologi[sz]e|unfortunately)[,.;:]?\W+(?:but\W+)?)?(?:i|we) (?:can(?:'|’)t|cannot|can not|won(?:'|’)t|will not|am (?:unable|not able) to|(?:'|’)?m (?:unable|not able) to|must decline to|have to decline to)\W+(?:\w+\W+){0,2}?(?:help|assist|comply|fulfil|provide|answer|do that|do this|support|share|give|write|create|discuss|engage)`,
    String.raw`^\W*(?:(?:es )?tut mir leid[,.]?\W+(?:aber\W+)?)?(?:dabei|damit|das|hierbei) kann ich (?:(?:dir|ihnen|leider|hier)\W+)*nicht`,
    String.raw`^\W*(?:(?:je suis )?désolée?[,.]?\W+(?:mais\W+)?)?je ne peux (?:malheureusement )?pas (?:vous |t['’])?(?:aider|répondre|fournir)`,
    String.raw`^\W*(?:lo siento[,.]?\W+(?:pero\W+)?)?no (?:te |le )?puedo (?:ayudar|proporcionar|responder)`,
    String.raw`^\W*(?:desculpe[,.]?\W+(?:mas\W+)?|sinto muito[,.]?\W+(?:mas\W+)?)?não posso (?:ajudar|fornecer|responder)`,
    String.raw`^\W*(?:mi dispiace[,.]?\W+(?:ma\W+)?)?non posso (?:aiutart?[lv]?i|aiutare|fornire|rispondere)`,
    '^[\\s"«]*(?:(?:извините|простите|к сожалению)[,.]?\\s+(?:но\\s+)?)?я не (?:могу|смогу) (?:вам )?(?:помочь|ответить|предоставить)',
    '^[\\s“]*(?:(?:很|非常)?抱歉|对不起|對不起)[，,。]?(?:但)?(?:我|这|此|無法|无法|不能)',
    '^[\\s「]*(?:申し訳(?:ありません|ございません)|すみません)',
    '^\\s*(?:죄송합니다|죄송하지만)',
  ].join('|'),
  'iu',
)

/** True where the lists know the language well enough for silence to mean something. */
export function isKnownLanguage(text: string): boolean {
  const words = new Set((text.match(KNOWN) ?? []).map((word) => word.toLowerCase()))
  if (words.size >= MIN_KNOWN_WORDS) return true
  return (text.match(KNOWN_RUNS) ?? []).length > text.length / 4
}

function matches(text: string, pattern: RegExp): boolean {
  pattern.lastIndex = 0
  return pattern.test(text)
}
