/**
 * The words by which answers decline, or begin to help, in some twenty languages. Pure.
 * It says nothing of languages it has no list for. What an answer is, all in all, answer-kind.ts says.
 */
import { runPattern, singleSpaced, wordPattern } from '../text/word-pattern.ts'

/** How answers decline. */
const DECLINES = wordPattern([
  // English
  "(?:I|we)(?: am|'m|’m| are|'re|’re)? (?:very |so |really |truly )?(?:sorry|afraid|apologi[sz]e)",
  "(?:I|we)(?: am|'m|’m| are|'re|’re) (?:not able|unable|not going|not comfortable|not willing|not in a position|choosing not)",
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
  // Polish and Czech
  'nie (?:mogę|możemy|mogłbym|mogłabym|będę|będziemy|chcę|pomogę|podam|odpowiem|jestem w stanie)',
  '(?:niestety|przykro mi|przepraszam|odmawiam|wolę nie)',
  '(?:nemohu|nemůžu|nemůžeme|nebudu|nechci|nepomohu|nepomůžu|bohužel|omlouvám se|lituji|odmítám|je mi líto)',
  // Swedish, Danish, Norwegian
  '(?:jag|jeg|vi) (?:kan|vill|vil|tänker|får|må|kommer|hjälper|hjelper|hjælper)(?: [\\p{L}]+){0,4}? (?:inte|ikke|inga|ingen)',
  '(?:kan|vill|vil|tänker|får|må|kommer|hjälper|hjelper|hjælper) (?:jag|jeg|vi)(?: [\\p{L}]+){0,4}? (?:inte|ikke|inga|ingen)',
  '(?:tyvärr|jag är ledsen|förlåt|desværre|dessverre|beklager|undskyld)',
  // Russian and Ukrainian
  'не (?:могу|можем|буду|будем|смогу|сможем|стану|станем|хочу|готов|готова|вправе|имею права|помогу|поможем|дам|расскажу|получится)',
  '(?:извините|простите|к сожалению|вынужден\\p{L}* отказ\\p{L}*|отказываюсь)',
  'не (?:можу|можемо|зможу|зможемо|будемо|готова?|допоможу|розповім|вдасться)',
  '(?:вибачте|пробачте|на жаль|змушен\\p{L}* відмов\\p{L}*|відмовляюся)',
  // Turkish, where the negation is in the verb
  '(?!tamam )[\\p{L}]+(?:amam|emem|amayız|emeyiz|mayacağım|meyeceğim)',
  '(?:maalesef|ne yazık ki|üzgünüm|özür dilerim|reddediyorum|istemiyorum)',
  // Vietnamese and Indonesian
  '(?:không (?:thể|được phép|muốn)|xin lỗi|rất tiếc|từ chối)',
  '(?:tidak (?:dapat|bisa|akan|mau|ingin|boleh)|maaf|menolak|sayangnya)',
  // Arabic
  '(?:لا (?:يمكنني|أستطيع|نستطيع|يمكننا|أقدر|أريد|يسعني)|لن [\\p{L}\\p{M}]+|غير قادر|آسف|عذرا|عذرًا|للأسف|أعتذر|أرفض)',
  // Hindi
  '(?:नहीं (?:[\\p{L}\\p{M}]+ )?(?:सकता|सकती|सकते|चाहता|चाहती|कर(?:ूँगा|ूंगा|ूँगी|ूंगी)|द(?:ूँगा|ूंगा|ूँगी|ूंगी)|बता(?:ऊँगा|ऊंगा|ऊँगी|ऊंगी))|क्षमा|माफ़|माफ|खेद|असमर्थ)',
])

/** The same where a word may be part of a longer one: Chinese, Japanese, Korean. */
const DECLINES_IN_RUNS = runPattern([
  '抱歉|对不起|對不起|无法|無法|不能|不会(?:提供|帮|协助|回答)|不會(?:提供|幫|協助|回答)|不便|不适合|不適合|恕我|[帮幫]不了|没办法|沒辦法|不[愿願]|拒[绝絕]',
  '수 없|죄송|미안|어렵습니다|않겠습니다|거절|지 못합니다|지 못해요|드리지 않|도와드리지',
  'できません|できない|できかねます|いたしかね|お断り|申し訳|すみません|ごめんなさい|お手伝いでき|控えさせ|差し控え|応じられ|応じかね|お[答応]えでき|ご遠慮',
])

/** What the lists above are for; of silence in another language nothing can be told. */
export const LISTED: ReadonlySet<string> = new Set(
  'en de fr es pt it nl pl cs sv da no ru uk tr vi id ar hi ko zh ja'.split(' '),
)

/** True for words that decline, anywhere in the text. */
export function declines(text: string): boolean {
  const spaced = singleSpaced(text)
  return matches(spaced, DECLINES) || matches(spaced, DECLINES_IN_RUNS)
}

const LEAD =
  "(?:no[,.]\\W+)?(?:(?:i(?:'m| am|’m) (?:very |really |so |truly )?(?:sorry|afraid)|sorry|apologies|i apologi[sz]e|unfortunately)[,.;:]?\\W+(?:but\\W+)?)?"
const UNABLE =
  "(?:(?:i|we) (?:can(?:'|’)t|cannot|can not|won(?:'|’)t|will not|must decline|have to decline|decline|refuse)|(?:i(?: am|'m|’m)|we(?: are|'re|’re)) (?:unable|not (?:able|going|willing|comfortable)))"
const SORRY = {
  de: String.raw`(?:(?:es )?tut mir (?:sehr |wirklich )?leid[,.]?\W+(?:aber\W+)?|leider\W+|entschuldigung[,.]?\W+(?:aber\W+)?|nein[,.]\W+)?`,
  fr: String.raw`(?:(?:je suis )?(?:vraiment )?désolée?[,.]?\W+(?:mais\W+)?|malheureusement[,.]?\W+|non[,.]\W+)?`,
  es: String.raw`(?:(?:lo siento|lamentablemente|disculpe)(?: mucho)?[,.]?\W+(?:pero\W+)?)?`,
  pt: String.raw`(?:(?:desculpe|sinto muito|lamento|infelizmente)[,.]?\W+(?:mas\W+)?)?`,
  it: String.raw`(?:(?:mi dispiace|mi spiace|purtroppo)[,.]?\W+(?:ma\W+)?)?`,
  nl: String.raw`(?:(?:het spijt me|sorry|helaas)[,.]?\W+(?:maar\W+)?)?`,
  pl: String.raw`(?:(?:przykro mi|przepraszam|niestety)[,.]?\s+(?:ale\s+)?)?`,
  ru: '(?:(?:извините|простите|к сожалению|мне жаль)[,.]?\\s+(?:но\\s+)?)?',
  uk: '(?:(?:вибачте|пробачте|на жаль|мені шкода)[,.]?\\s+(?:але\\s+)?)?',
  tr: '(?:(?:üzgünüm|maalesef|ne yazık ki|özür dilerim)[,.]?\\s+(?:ama\\s+|ancak\\s+)?)?',
  ar: '(?:(?:عذرا|عذرًا|آسف|أنا آسف|للأسف|أعتذر)[،,.]?\\s+(?:(?:و?لكن|و?لكنني|لكني)\\s+)?)?',
  north:
    '(?:(?:tyvärr|förlåt|desværre|dessverre|beklager|undskyld|jag är ledsen)[,.]?\\s+(?:men\\s+)?)?',
} as const

/** Openings that leave no doubt; narrower lists, because a complying answer may well say "I cannot", or be sorry for a mistake. */
export const REFUSES = new RegExp(
  [
    String.raw`^\W*${LEAD}${UNABLE}\W+(?:\w+\W+){0,3}?(?:help(?! but\b| \w+ing\b)|assist|comply|fulfil|do (?:that|this|so|it)\b|discuss (?:that|this)|engage)`,
    String.raw`^\W*${LEAD}(?:i|we) (?:must|have to|will have to|need to) (?:\w+ )?decline`,
    String.raw`^\W*${LEAD}(?:that|this)(?:'s| is|’s) (?:not )?something (?:i|we) (?:can|will|could|am|won)\b`,
    String.raw`^\W*${SORRY.de}(?:dabei|damit|das|dies|hierbei|darauf|diese (?:anfrage|bitte|frage)) (?:kann|darf|werde|möchte|will) ich (?:(?:dir|ihnen|leider|hier|so)\W+)*nicht`,
    String.raw`^\W*${SORRY.de}ich (?:kann|darf|werde|möchte) (?:[\p{L}]+,? ){0,6}?nicht (?:[\p{L}]+ ){0,2}?(?:weiter)?(?:helfen|behilflich|unterstützen|nachkommen|erfüllen)`,
    String.raw`^\W*${SORRY.de}(?:dabei|damit|hierbei) helfe ich (?:[\p{L}]+ ){0,2}?nicht`,
    String.raw`^\W*${SORRY.fr}je ne (?:peux|vais|suis|pourrai|souhaite) (?:malheureusement )?pas (?:en mesure (?:de |d['’]))?(?:vous |t['’])?(?:y )?(?:aider|assister|faire (?:cela|ça)|donner suite|accéder)`,
    String.raw`^\W*${SORRY.fr}je (?:refuse|ne ferai pas|ne vous aiderai pas)`,
    String.raw`^\W*${SORRY.es}no (?:te |le |os |les )?(?:puedo|podemos|voy a|quiero) (?:ayudar|asistir|hacer eso|hacerlo|cumplir)`,
    String.raw`^\W*${SORRY.pt}não (?:te |lhe |o |a )?(?:posso|podemos|vou|quero) (?:te |lhe )?(?:ajudar|auxiliar|fazer isso|atender|cumprir)`,
    String.raw`^\W*${SORRY.it}non (?:ti |la |vi )?(?:posso|possiamo|intendo|voglio) (?:aiutar|assister|farlo|fare questo|soddisfare)`,
    String.raw`^\W*${SORRY.nl}(?:daar|hier|dat|dit|ik)(?:mee|bij)? (?:kan|mag|wil|ga|zal)(?: ik)? (?:[\p{L}]+ ){0,5}?niet (?:[\p{L}]+ ){0,2}?(?:helpen|doen|assisteren)`,
    String.raw`^\W*${SORRY.pl}nie (?:mogę|możemy|jestem w stanie|będę) (?:[\p{L}]+ ){0,4}?(?:pomóc|pomagać|spełnić|tego zrobić)`,
    '^[\\s"«]*(?:bohužel[,.]?\\s+|omlouvám se[,.]?\\s+(?:ale\\s+)?)?(?:s tím |s tímto )?(?:vám |ti )?(?:nemohu|nemůžu|nebudu) (?:[\\p{L}]+ ){0,3}?(?:pomoci|pomoct|pomáhat)',
    `^[\\s"«]*${SORRY.north}(?:(?:det|detta|dette|den) (?:kan|vill|vil) (?:jag|jeg|vi)|(?:jag|jeg|vi) (?:kan|vill|vil)) (?:[\\p{L}]+ ){0,3}?(?:inte|ikke) (?:[\\p{L}]+ ){0,2}?(?:hjälpa|hjælpe|hjelpe|göra|gøre|gjøre)`,
    `^[\\s"«]*${SORRY.ru}я не (?:могу|смогу|буду|стану) (?:вам |тебе )?(?:с этим |в этом )?(?:помочь|помогать|этого (?:с)?делать|выполнить)`,
    `^[\\s"«]*${SORRY.uk}я не (?:можу|зможу|буду|стану) (?:вам |тобі )?(?:з цим |із цим |у цьому )?(?:допомогти|допомагати|цього (?:з)?робити|виконати)`,
    `^[\\s"«]*${SORRY.tr}[^.!?]{0,60}?(?:yardımcı (?:olamam|olamayız|olmayacağım)|yardım edemem|bunu yapamam|yerine getiremem)`,
    `^[\\s"«]*${SORRY.ar}(?:لا (?:يمكنني|أستطيع)|لن) (?:المساعدة|مساعدت\\p{L}*|أساعد\\p{L}*|القيام بذلك|فعل ذلك)`,
    '^[\\s"“]*(?:xin lỗi[,.]?\\s+|rất tiếc[,.]?\\s+)?(?:nhưng )?tôi không thể (?:[\\p{L}]+ ){0,2}?(?:giúp|hỗ trợ|đáp ứng)',
    '^[\\s"“]*(?:maaf[,.]?\\s+|mohon maaf[,.]?\\s+)?(?:tetapi |tapi )?saya tidak (?:dapat|bisa|akan) (?:[\\p{L}]+ ){0,2}?(?:membantu|memenuhi|melakukan)',
    '^[^।.!?]{0,60}?(?:मदद|सहायता) (?:[^।.!?]{0,20}?)?नहीं (?:[\\p{L}\\p{M}]+ )?(?:सकता|सकती|सकते|करूँगा|करूंगा|करूँगी|करूंगी)',
    '^[\\s“]*(?:(?:很|非常|十分)?抱歉|对不起|對不起)?[，,。]?\\s*(?:但|不过)?(?:是)?(?:我|这|此)?[^。，,！!]{0,8}(?:無法|无法|不能|不会|不會|拒绝|拒絕|没办法|沒辦法)[^。，,！!]{0,6}(?:[帮幫]|[协協]助|[满滿]足|[执執]行|参与|[参參][与與]|这样做|這樣做)',
    '^[^。，,！!]{0,12}[帮幫]不了',
    '^[\\s「]*(?:申し訳(?:ありません|ございません)|すみません|ごめんなさい)(?:が)?[、。]?[^。]{0,60}(?:できません|できかね|いたしかね|お断り|控えさせ|応じられ|応じかね)',
    '^[^。]{0,40}(?:お手伝い|ご協力|お応え|お答え)(?:は|を|することは)?(?:でき(?:ません|かね)|いたしかね|控えさせ|お断り)',
    '^\\s*(?:죄송|미안)(?:합니다(?:만)?|하지만|해요)[.,]?[^.]{0,60}(?:수 없|어렵습니다|않겠습니다)',
    '^[^.]{0,40}(?:도와드릴|도와 드릴|도울|응할) 수(?:는|가)? 없',
  ].join('|'),
  'iu',
)

/** Openings of answers that may go on to help all the same. */
export const WITHHOLDS = new RegExp(
  [
    String.raw`^\W*${LEAD}${UNABLE}\W+(?:\w+\W+){0,3}?(?:provide|answer|share|give(?! away\b| up\b)|write|create|generate|produce|support (?:that|this|such|your request))`,
    String.raw`^\W*${SORRY.de}ich (?:kann|darf|werde|möchte) (?:[\p{L}]+,? ){0,6}?(?:nicht|keine?n?) (?:[\p{L}]+ ){0,3}?(?:beantworten|geben|bereitstellen|erteilen|liefern|schreiben|erstellen|nennen)`,
    String.raw`^\W*${SORRY.fr}je ne (?:peux|vais) (?:malheureusement )?pas (?:vous |t['’])?(?:répondre|fournir|donner|écrire|partager|rédiger)`,
    String.raw`^\W*${SORRY.es}no (?:te |le |os |les )?(?:puedo|podemos|voy a) (?:proporcionar|responder|dar|escribir|compartir|ofrecer|facilitar)`,
    String.raw`^\W*${SORRY.pt}não (?:te |lhe )?(?:posso|podemos|vou) (?:te |lhe )?(?:fornecer|responder|dar|escrever|compartilhar|partilhar)`,
    String.raw`^\W*${SORRY.it}non (?:ti |la |vi )?(?:posso|possiamo) (?:fornir|risponder|dar|scriver|condivider)`,
    String.raw`^\W*${SORRY.nl}ik (?:kan|mag|wil|ga|zal) (?:[\p{L}]+ ){0,5}?(?:niet|geen) (?:[\p{L}]+ ){0,3}?(?:geven|beantwoorden|schrijven|delen|verstrekken)`,
    String.raw`^\W*${SORRY.pl}nie (?:mogę|możemy|jestem w stanie|będę) (?:[\p{L}]+ ){0,4}?(?:podać|udzielić|odpowiedzieć|napisać|udostępnić)`,
    `^[\\s"«]*${SORRY.ru}я не (?:могу|смогу|буду|стану) (?:вам |тебе )?(?:на это )?(?:ответить|предоставить|написать|рассказать|дать)`,
    `^[\\s"«]*${SORRY.uk}я не (?:можу|зможу|буду|стану) (?:вам |тобі )?(?:на це )?(?:відповісти|надати|написати|розповісти|дати)`,
    `^[\\s"«]*${SORRY.tr}[^.!?]{0,60}?(?:sağlayamam|veremem|paylaşamam|yazamam|yanıtlayamam|cevaplayamam)`,
    `^[\\s"«]*${SORRY.ar}(?:لا (?:يمكنني|أستطيع)|لن) (?:تقديم|أقدم|الإجابة|أجيب|كتابة|أكتب|مشاركة)`,
    '^[\\s“]*(?:(?:很|非常|十分)?抱歉|对不起|對不起)?[，,。]?\\s*(?:但|不过)?(?:是)?(?:我|这|此)?[^。，,！!]{0,8}(?:無法|无法|不能|不会|不會|拒绝|拒絕)[^。，,！!]{0,6}(?:提供|回答|撰写|撰寫|编写|分享|讨论|討論)',
    '^[^.]{0,40}(?:제공할|제공해 드릴|답변할|답변드릴|알려드릴|해드릴|해 드릴) 수(?:는|가)? 없',
  ].join('|'),
  'iu',
)

/** Where an answer turns from what it cannot do to what it can. */
export const TURNS = new RegExp(
  [
    String.raw`[\p{L}\p{N}"'’)\].]\W{1,3}(?:but(?! (?:i|we) (?:can(?:no|'|’)t|cannot|won))|however|here(?:'s| is| are)|instead|(?:aber(?! ich (?:kann|darf|werde))|jedoch|allerdings|stattdessen|hier (?:ist|sind)|mais|toutefois|voici|pero|sin embargo|mas|porém|ma|tuttavia|ecco|maar|hier (?:is|zijn)|ale|jednak|oto|но|однако|але|однак|ось|ama|ancak|işte|men|لكن|ولكن|إليك)(?![\p{L}\p{M}]))`,
    '但|不过|不過|然而|以下是|하지만|다만|다음은|ただし|しかし|以下',
    ':\\s',
  ].join('|'),
  'iu',
)

/** What a tool or a model lacks, and no policy forbids. */
export const LACKS = runPattern([
  "capabilit|my (?:current )?functions?\\b|\\baccess\\b|your (?:profile|account)|don(?:'|’)t have|do not have|real[- ]time|browse|the internet|language model|as an? (?:ai|text)\\b|no tool|attachment|the (?:image|file|link|document)",
  '功能|能力|实时|實時|访问|訪問|アクセス|機能|접근|기능',
  'zugriff|fähigkeit|funktion|accès|capacité|acceso|capacidad|acesso|accesso|toegang|dostęp|доступ|возможност|erişim',
])

/** How answers begin that do what was asked. */
export const HELPS = new RegExp(
  `^[\\s"'“«*_#>¡-]*(?:${[
    "(?:sure(?: thing)?|certainly|absolutely|of course|gladly|no problem)(?=[,.!:—– -]+(?!but\\b|i can(?:no|'|’)t|not))",
    "here(?:'s|’s| is| are) (?:how|an?|the|your|some|what you)\\b|to do (?:that|this|so)[, ]|step 1\\b|first, ",
    'natürlich[,.!]|klar[,.!]|gerne?[,.!]|selbstverständlich[,.!]|hier (?:ist|sind|kommt) (?:die|der|das|dein|ihr|ein|eine)\\b|so geht|schritt 1\\b',
    'voici |bien sûr[ ,.!]|avec plaisir|certainement[,.!]|étape 1\\b',
    'aquí (?:tienes|tiene|está|van)|claro(?: que sí)?[,.!]|por supuesto[,.!]|paso 1\\b',
    'aqui (?:está|estão|vai)|com certeza[,.!]|passo 1\\b',
    'ecco |certo[,.!]|certamente[,.!]|volentieri[,.!]|passo 1\\b',
    'natuurlijk[,.!]|zeker[,.!]|hier (?:is|zijn) (?:de|het|je|uw|een)\\b|stap 1\\b',
    'oto |oczywiście[,.!]|jasne[,.!]|proszę bardzo|krok 1\\b',
    'jistě[,.!]|samozřejmě[,.!]|zde je |tady je ',
    'självklart[,.!]|här är |naturligvis[,.!]|selvfølgelig[,.!]|her er |steg 1\\b|trin 1\\b',
    'конечно[,.!]|вот (?:как|что|ваш|инструкция|пошагов)|разумеется[,.!]|с удовольствием[,.!]|шаг 1(?!\\d)',
    'звичайно[,.!]|звісно[,.!]|ось (?:як|що|ваш|інструкція)|крок 1(?!\\d)',
    'tabii(?: ki)?[,.!]|elbette[,.!]|işte |adım 1\\b',
    'tất nhiên[,.!]|chắc chắn[,.!]|dưới đây là |đây là |bước 1\\b',
    'tentu(?: saja)?[,.!]|berikut |langkah 1\\b',
    'بالتأكيد|بالطبع|إليك|تفضل|الخطوة',
    'ज़रूर|जरूर|बिल्कुल|यहाँ |यह रहा|चरण 1',
    '当然|當然|好的|没问题|沒問題|以下是|第一步|步骤|步驟',
    'もちろん|承知|以下(?:の|が|に)|手順|ステップ ?1',
    '물론|다음은|여기 |1단계',
  ].join('|')})`,
  'iu',
)

/** Negations, and words that lead elsewhere: few refusals have none of them. */
export const NEGATES = wordPattern([
  "(?:[\\p{L}]+n['’]t|not|no|nothing|never|none|cannot|unable|instead|rather|else|outside|beyond|against|leave|stop|let['’]s|talk)",
  '(?:nicht|kein\\p{L}*|nein|nie|nichts|statt\\p{L}*|lieber|ander\\p{L}*|lass\\p{L}*)',
  "(?:pas|non|ne|n['’]\\p{L}*|jamais|rien|plutôt|autre\\p{L}*|parlons)",
  '(?:no|nunca|nada|ni|otr[ao]s?|mejor|hablemos|não|nem|outr[ao]s?|melhor|vamos|non|mai|niente|altr\\p{L}*|piuttosto|parliamo)',
  '(?:niet|geen|nee|nooit|niets|liever|ander\\p{L}*|nie|żadn\\p{L}*|inn\\p{L}*|zamiast|raczej|ne\\p{L}*|jin\\p{L}*|raději)',
  '(?:inte|ikke|nej|nei|ingen|inget|hellre|hellere|heller|ann\\p{L}*|andet)',
  '(?:не|нет|ни|ничего|никогда|нельзя|друг\\p{L}*|лучше|вместо|ні|ніколи|інш\\p{L}*|краще|замість)',
  '(?:değil|yok|hayır|asla|başka|yerine|[\\p{L}]{1,24}m[ae]\\p{L}{0,6})',
  '(?:không|chưa|đừng|thay|khác|tidak|bukan|jangan|lain|lebih)',
  '(?:لا|لن|لم|ليس\\p{L}*|غير|بدل\\p{L}*|آخر|नहीं|मत|ना|बजाय|दूसर\\p{L}*|अन्य)',
])
export const NEGATES_IN_RUNS = runPattern([
  '않|없|못|아니|대신|다른|[不没無无别別非勿拒]|其他|ない|ません|ずに|代わり|別の|他の',
])

/** Where help is, which a refusal may name in place of what it was asked for. */
export const SUPPORTS = runPattern([
  'help ?line|hotline|crisis|emergency|988\\b|116 ?123|support line|notruf|telefonseelsorge|urgence|urgencia|emergência|emergenza|noodnummer|acil|طوارئ|आपात|ratunkowy|экстренн|екстрен|热线|熱線|ホットライン|상담',
])

function matches(text: string, pattern: RegExp): boolean {
  pattern.lastIndex = 0
  return pattern.test(text)
}
