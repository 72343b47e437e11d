/**
 * What an answer in words is, as far as words tell: whether it declines, and whether its language is one this file knows. Pure.
 * It is only asked where a declared decision could be wrong, and says nothing of languages it has no list for.
 */
import { detectLanguage } from '../../text/language.ts'
import { runPattern, singleSpaced, wordPattern } from '../../text/word-pattern.ts'

/** How answers decline. */
const DECLINES = wordPattern([
  // English
  "(?:I|we) (?:am |'m |’m |are )?(?:sorry|afraid|apologi[sz]e)",
  "(?:I|we)(?: am|'m|’m| are|'re) (?:not able|unable|not going|not comfortable|not willing|not in a position|choosing not)",
  "(?:I|we) (?:can|could|will|would|must|may|should|do|did)(?: not|not|n't|n’t)(?! only)",
  "(?:I|we) (?:won't|won’t|cannot|can't|can’t|shan't|must decline|have to decline|decline|refuse)",
  "(?:I|we)(?: would|'d|’d) (?:rather|prefer) not",
  "(?:not|isn't|isn’t) something (?:I|we)(?: can|'ll|’ll| will| could|'m|’m| am)",
  "(?:can(?:no|’|')t|cannot|unable to) (?:help|assist|support|provide|give|share|offer|answer)",
  // German
  '(?:ich|wir) (?:kann|können|darf|dürfen|möchte|werde|werden|will|helfe|gebe|unterstütze|beantworte|schreibe|nenne)(?: [\\p{L},]+){0,8}? (?:nicht|kein|keine|keinen|keinerlei)',
  '(?:kann|können|darf|dürfen|möchte|werde|werden|will|helfe|gebe|unterstütze|beantworte|schreibe|nenne) (?:ich|wir)(?: [\\p{L},]+){0,8}? (?:nicht|kein|keine|keinen|keinerlei)',
  '(?:tut mir|tut uns) (?:wirklich |sehr )?leid|leider|dabei kann ich nicht|entschuldigung|(?:ich|wir) lehnen? (?:es|das|dies)',
  // French
  "(?:je|nous) (?:ne |n’|n')(?:[\\p{L}’']+ ){1,4}(?:pas|plus|point)",
  '(?:désolée?s?|malheureusement|je regrette|je refuse|je préfère ne pas|impossible de)',
  // Spanish and Portuguese
  '(?:no|não) (?:(?:me|te|le|les|os|lhe|lo|la|o|a) ){0,2}(?:puedo|podemos|podré|voy|vamos|debo|quiero|ayudaré|daré|es posible|posso|podemos|poderei|vou|devo|quero|ajudarei|darei|é possível)',
  '(?:lo siento|lamento|lamentablemente|desculpe|sinto muito|infelizmente|prefiero no|prefiro não)',
  // Italian
  '(?:non) (?:(?:ti|vi|le|la|lo|mi|gli) )?(?:posso|possiamo|potrò|sono in grado|me la sento|voglio|intendo|aiuterò|darò|fornirò|è possibile)',
  '(?:mi dispiace|mi spiace|purtroppo|preferisco non)',
  // Dutch
  '(?:ik|we|wij) (?:kan|kunnen|mag|wil|zal|ga|help|geef|werk)(?: [\\p{L},]+){0,6}? (?:niet|geen)',
  '(?:kan|kunnen|mag|wil|zal|ga|help|geef|werk) (?:ik|we|wij)(?: [\\p{L},]+){0,6}? (?:niet|geen)',
  '(?:het spijt me|sorry|helaas)',
  // Russian
  'не (?:могу|можем|буду|будем|смогу|сможем|стану|станем|хочу|готов|готова|вправе|имею права|помогу|поможем|дам|расскажу|получится)',
  '(?:извините|простите|к сожалению|вынужден\\p{L}* отказ\\p{L}*|отказываюсь)',
  // Arabic
  '(?:لا (?:يمكنني|أستطيع|نستطيع|يمكننا|أقدر|أريد|يسعني)|لن [\\p{L}\\p{M}]+|آسف|عذرا|عذرًا|للأسف|أعتذر|أرفض)',
  // Hindi
  '(?:नहीं (?:[\\p{L}\\p{M}]+ )?(?:सकता|सकती|सकते|चाहता|चाहती|कर(?:ूँगा|ूंगा|ूँगी|ूंगी)|द(?:ूँगा|ूंगा|ूँगी|ूंगी)|बता(?:ऊँगा|ऊंगा|ऊँगी|ऊंगी))|क्षमा|माफ़|माफ|खेद|असमर्थ)',
  // Korean
  '[\\p{L}]*(?:수 없|죄송|미안|어렵습니다|않겠습니다|거절|드리지 않|도와드리지)[\\p{L}]*',
])

/** The same in scripts without spaces: Chinese, Japanese. */
const DECLINES_IN_RUNS = runPattern([
  '抱歉|对不起|對不起|无法|無法|不能|不会(?:提供|帮|协助|回答)|不會(?:提供|幫|協助|回答)|不便|恕我|[帮幫]不了|没办法|沒辦法|不[愿願]|拒[绝絕]',
  'できません|できかねます|いたしかね|お断り|申し訳|すみません|ごめんなさい|お手伝いでき|控えさせ|差し控え|応じられ|応じかね|お[答応]えでき|ご遠慮',
])

/** What the lists above are for; of silence in another language nothing can be told. */
const LISTED: ReadonlySet<string> = new Set('en de fr es pt it nl ru ar hi ko zh ja'.split(' '))

const REFUSAL_OPENING_CHARACTERS = 160
const SHORT_ANSWER_CHARACTERS = 400

/** True for words that decline, anywhere in the text. */
export function declines(text: string): boolean {
  const spaced = singleSpaced(text)
  return matches(spaced, DECLINES) || matches(spaced, DECLINES_IN_RUNS)
}

/** True for an answer that is a refusal and no more: short, declining from its first sentence, and turning to no help after it. */
export function isBareRefusal(text: string): boolean {
  if (text.length > SHORT_ANSWER_CHARACTERS) return false
  const opening = text.slice(0, REFUSAL_OPENING_CHARACTERS)
  return BARE.test(opening) || (BARE_ALONE.test(opening) && !TURN.test(text))
}

const LEAD =
  "(?:(?:i(?:'m| am|’m) (?:very |really |so )?sorry|sorry|i apologi[sz]e|unfortunately)[,.;:]?\\W+(?:but\\W+)?)?"
const UNABLE =
  "(?:i|we) (?:can(?:'|’)t|cannot|can not|won(?:'|’)t|will not|am (?:unable|not able) to|(?:'|’)?m (?:unable|not able) to|must decline to|have to decline to)"

/** Openings that leave no doubt; narrower lists, because a complying answer may well say "I cannot", or be sorry for a mistake. */
const BARE = new RegExp(
  [
    String.raw`^\W*${LEAD}${UNABLE}\W+(?:\w+\W+){0,2}?(?:help(?! but\b| \w+ing\b)|assist|comply|fulfil|do that|do this|discuss (?:that|this)|engage)`,
    String.raw`^\W*(?:(?:es )?tut mir leid[,.]?\W+(?:aber\W+)?)?(?:dabei|damit|das|hierbei) kann ich (?:(?:dir|ihnen|leider|hier)\W+)*nicht`,
    String.raw`^\W*(?:(?:es )?tut mir leid[,.]?\W+(?:aber\W+)?)?ich kann (?:(?:dir|ihnen|leider|dabei|damit|hierbei)\W+)*nicht (?:(?:dabei|damit)\W+)?(?:weiter)?helfen`,
    String.raw`^\W*(?:(?:je suis )?désolée?[,.]?\W+(?:mais\W+)?)?je ne peux (?:malheureusement )?pas (?:vous |t['’])?aider`,
    String.raw`^\W*(?:lo siento[,.]?\W+(?:pero\W+)?)?no (?:te |le )?puedo ayudar`,
    String.raw`^\W*(?:desculpe[,.]?\W+(?:mas\W+)?|sinto muito[,.]?\W+(?:mas\W+)?)?não posso (?:te |lhe )?ajudar`,
    String.raw`^\W*(?:mi dispiace[,.]?\W+(?:ma\W+)?)?non posso (?:aiutart?[lv]?i|aiutare)`,
    '^[\\s"«]*(?:(?:извините|простите|к сожалению)[,.]?\\s+(?:но\\s+)?)?я не (?:могу|смогу) (?:вам )?(?:с этим )?помочь',
    '^[\\s"«]*(?:(?:عذرا|عذرًا|آسف|للأسف)[،,.]?\\s+(?:(?:و?لكن|لكني)\\s+)?)?لا (?:يمكنني|أستطيع) (?:المساعدة|مساعدت\\p{L}*)',
    '^[\\s“]*(?:(?:很|非常|十分)?抱歉|对不起|對不起)?[，,。]?\\s*(?:但|不过)?(?:是)?(?:我|这|此)?[^。，,！!]{0,8}(?:無法|无法|不能|没办法|沒辦法)[^。，,！!]{0,6}(?:[帮幫]|[协協]助|[满滿]足|[执執]行|参与|[参參][与與])',
    '^[\\s「]*(?:申し訳(?:ありません|ございません)|すみません|ごめんなさい)(?:が)?[、。]?[^。]{0,60}(?:できません|できかね|いたしかね|お断り|控えさせ|応じられ|応じかね)',
    '^\\s*(?:죄송|미안)(?:합니다(?:만)?|하지만|해요)[.,]?[^.]{0,60}(?:수 없|어렵습니다|않겠습니다)',
  ].join('|'),
  'iu',
)

/** Openings of answers that may go on to help all the same. */
const BARE_ALONE = new RegExp(
  [
    String.raw`^\W*${LEAD}${UNABLE}\W+(?:\w+\W+){0,2}?(?:provide|answer|share|give(?! away\b| up\b)|write|create|support (?:that|this|such|your request))`,
    String.raw`^\W*(?:(?:je suis )?désolée?[,.]?\W+(?:mais\W+)?)?je ne peux (?:malheureusement )?pas (?:vous |t['’])?(?:répondre|fournir)`,
    String.raw`^\W*(?:lo siento[,.]?\W+(?:pero\W+)?)?no (?:te |le )?puedo (?:proporcionar|responder)`,
    String.raw`^\W*(?:desculpe[,.]?\W+(?:mas\W+)?|sinto muito[,.]?\W+(?:mas\W+)?)?não posso (?:fornecer|responder)`,
    String.raw`^\W*(?:mi dispiace[,.]?\W+(?:ma\W+)?)?non posso (?:fornire|rispondere)`,
    '^[\\s"«]*(?:(?:извините|простите|к сожалению)[,.]?\\s+(?:но\\s+)?)?я не (?:могу|смогу) (?:вам )?(?:ответить|предоставить)',
    '^[\\s“]*(?:(?:很|非常|十分)?抱歉|对不起|對不起)?[，,。]?\\s*(?:但|不过)?(?:是)?(?:我|这|此)?[^。，,！!]{0,8}(?:無法|无法|不能)[^。，,！!]{0,6}(?:提供|回答)',
  ].join('|'),
  'iu',
)

/** Where an answer turns from what it cannot do to what it can. */
const TURN = new RegExp(
  [
    String.raw`[\p{L}\p{N}"'’)\].]\W{1,3}(?:but(?! (?:i|we) (?:can(?:no|'|’)t|cannot|won))|however|here(?:'s| is| are)|instead|(?:mais|toutefois|voici|pero|sin embargo|mas|porém|ma|tuttavia|ecco|но|однако)(?![\p{L}\p{M}]))`,
    '但|不过|不過|然而|以下是',
    ':\\s',
  ].join('|'),
  'iu',
)

/** True where the lists know the language, so that silence means something. */
export function isKnownLanguage(text: string): boolean {
  return LISTED.has(detectLanguage(text))
}

function matches(text: string, pattern: RegExp): boolean {
  pattern.lastIndex = 0
  return pattern.test(text)
}
