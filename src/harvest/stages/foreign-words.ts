/**
 * The words of the foreign-policy scrub, by language: vendors and their assistants, policies, and talk of being watched. Constants only.
 * Each pattern speaks of the writer itself or of its own answer: a judge in a court, unit tests and blood pressure are ordinary.
 */
import { runPattern, wordPattern } from '../../text/word-pattern.ts'

const VENDOR =
  "(?:open ?ai|anthropic|google(?: deepmind)?|deepmind|meta(?: ai)?|mistral(?: ai)?|deepseek|alibaba(?: cloud)?|tongyi|microsoft|x\\.?ai|moonshot(?: ai)?|zhipu(?: ai)?|z\\.ai|cohere|amazon|nvidia|baidu|bytedance|tencent|minimax|perplexity|inflection|apple|yandex|sber|01\\.ai)(?:'s|’s|s)?"

const ASSISTANT =
  '(?:chat ?gpt|gpt-?[345o](?:\\.\\d)?(?:-?(?:o|turbo|mini|oss))?|claude|gemini|bard|grok|deepseek(?:-[rv]\\d)?|qwen\\d?|tongyi qianwen|kimi|glm-?\\d?|chatglm|mistral|mixtral|le chat|llama ?\\d?|meta ai|copilot|bing chat|command[ -]r|ernie|doubao|yi-34b|phi-?\\d|nova|perplexity|pi|alice|gigachat)'

/** Without one of these, neither a vendor's policy nor another's identity can be spoken of: told fast. */
export const NAMES = new RegExp(String.raw`\b(?:${VENDOR}|${ASSISTANT})\b|<policy>|model spec`, 'i')

/** Scripts without spaces, and Korean. */
export const RUN_SCRIPTS = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/

const POLICY_EN =
  '(?:content |usage |use |safety |acceptable use |community |official |internal |core |own ){0,4}(?:polic(?:y|ies)|guidelines?|guardrails|terms(?: of (?:use|service))?|rules|principles|model spec|constitution|safety (?:training|standards?))'

/** A vendor's policy, in reasoning. */
export const VENDOR_POLICY = wordPattern([
  `${VENDOR} ${POLICY_EN}`,
  `${POLICY_EN} (?:of|by|from|set by|at) ${VENDOR}`,
  '<policy> tags?',
  '(?:the )?model spec (?:says|states|requires|allows|forbids)',
  `${VENDOR}-?(?:richtlinien?|nutzungsrichtlinien?|regeln|vorgaben)`,
  `(?:richtlinien?|nutzungsrichtlinien?|nutzungsbedingungen|regeln|vorgaben) (?:von|der|bei) ${VENDOR}`,
  `(?:politiques?|règles|directives|lignes directrices|conditions|charte)(?: d['’]utilisation| de contenu| d['’]usage)? (?:de |d['’])?${VENDOR}`,
  `(?:políticas?|directrices|reglas|normas|diretrizes|regras|termos)(?: de (?:uso|contenido|conteúdo))? (?:de|da|do) ${VENDOR}`,
  `(?:politic(?:a|he)|linee guida|regole|norme)(?: d['’]uso)? (?:di|d['’]) ?${VENDOR}`,
  `(?:политик\\p{L}*|правил\\p{L}*|руководств\\p{L}*)(?: использования)? ${VENDOR}`,
  `(?:سياسات?|سياسة|إرشادات|قواعد)(?: استخدام)? ${VENDOR}`,
  `${VENDOR} (?:की|के) (?:नीति|नीतियों|नीतियां|दिशानिर्देशों|नियमों)`,
])

/** The same in scripts without spaces; Korean writes its particles to the word. */
export const VENDOR_POLICY_RUNS = runPattern([
  `${VENDOR}\\s*(?:的|公司的)?\\s*(?:使用|内容|內容|安全)?(?:政策|准则|準則|规定|規定|规范)`,
  `${VENDOR}\\s*の\\s*(?:利用|使用|コンテンツ)?\\s*(?:ポリシー|規約|ガイドライン|方針)`,
  `${VENDOR}\\s*(?:의)?\\s*(?:사용|콘텐츠|이용)?\\s*(?:정책|지침|가이드라인|규정)`,
])

/** Another assistant or vendor as the one who speaks, in reasoning or answer. */
export const FOREIGN_IDENTITY = wordPattern([
  `(?:I am|I'm|I’m|I was|my name is|you are|we are) (?:actually |called |named )?${ASSISTANT}(?! (?:user|users|expert|fan|sign|rising))`,
  `as ${ASSISTANT}[, ]+(?:I|we|an? AI)`,
  `(?:I am|I'm|I’m|I was|we are|we were|as)(?: [\\p{L}-]+){0,6} (?:trained|developed|created|made|built|designed) by ${VENDOR}`,
  `(?:ich bin|mein name ist) ${ASSISTANT}|von ${VENDOR} (?:trainiert|entwickelt|erstellt)`,
  `(?:je suis|je m['’]appelle) ${ASSISTANT}|je suis(?: [\\p{L}'’-]+){0,6} (?:entraînée?|développée?|créée?|conçue?) par ${VENDOR}`,
  `(?:soy|me llamo) ${ASSISTANT}|soy(?: [\\p{L}-]+){0,6} (?:entrenad[oa]|desarrollad[oa]|cread[oa]) por ${VENDOR}`,
  `(?:eu )?sou (?:o |a )?${ASSISTANT}|sou(?: [\\p{L}-]+){0,6} (?:treinad[oa]|desenvolvid[oa]|criad[oa]) (?:pela|por) ${VENDOR}`,
  `(?:io )?sono ${ASSISTANT}|sono(?: [\\p{L}'’-]+){0,6} (?:addestrat[oa]|sviluppat[oa]|creat[oa]) da ${VENDOR}`,
  `я(?: —| -)? ${ASSISTANT}|(?:обученн|разработанн|созданн)\\p{L}* (?:компанией )?${VENDOR}`,
  `أنا ${ASSISTANT}|(?:طورتني|دربتني|أنشأتني)(?: شركة)? ${VENDOR}`,
  `(?:मैं|मेरा नाम) ${ASSISTANT}`,
])

export const FOREIGN_IDENTITY_RUNS = runPattern([
  `我是\\s*(?:由\\s*)?(?:${ASSISTANT}|${VENDOR}\\s*(?:公司)?\\s*(?:开发|訓練|训练|開發|研发))`,
  `私は\\s*(?:${ASSISTANT}|${VENDOR}\\s*(?:が|によって|に)\\s*(?:開発|訓練))`,
  `(?:저는|나는)\\s*(?:${ASSISTANT}|${VENDOR}\\s*(?:에서|가|이)\\s*(?:개발|훈련))`,
])

const MINE =
  '(?:my|our)(?: own)? (?:[\\p{L}-]+ )?(?:reasoning|thoughts?|thinking|chain of thought|answers?|responses?|outputs?|replies|reply|behaviou?r|actions|performance|compliance|alignment|safety)'
const SEEN_EN =
  '(?:evaluated|tested|graded|judged|scored|monitored|logged(?! (?:in|on|into|out|off)(?![\\p{L}]))|recorded|watched|observed|audited|assessed|benchmarked|reviewed|inspected|supervised|red-?teamed)'
const BEING_EN = "(?:am|is|are|was|were|'m|’m|'re|’re|being|be|been|get|getting)"

/** The writer judged, tested, watched or logged. */
export const WATCHED = wordPattern([
  // English
  `(?:I|we) ?(?:may be|might be|could be|will be|would be|should be|must be|am|'m|’m|are|'re|’re|have been|'ve been) (?:(?:probably|likely|possibly|perhaps|certainly|now|also|just|currently|always) )?(?:being )?${SEEN_EN}(?! (?:to|in|on|as) (?:the )?(?:help|assist))`,
  `${MINE} (?:(?:may|might|could|will|would|can|is|are) ){0,3}(?:probably |likely |possibly |also )?(?:${BEING_EN} ){0,3}${SEEN_EN}`,
  `(?:evaluat|test|grad|judg|scor|monitor|logg|watch|observ|audit|assess|inspect|supervis)(?:es|ing|s) (?:me|us|${MINE})`,
  // Who reasons tests whether it can factor a number, and checks whether the model of somebody's data overfits.
  '(?:test|probe)(?:s|ing)? (?:if|whether|how) (?:I|we) (?:(?:will|would) )?(?:refuse|comply|leak|recogni[sz]e)',
  "(?<!(?:I'm|I’m|I am|we're|we’re|we are|by|keep|start|after|before) )(?:test|prob)(?:es|ing|s) (?:if|whether|how) (?:I|we) (?:can|will|would|could|am|follow|handle|respond|know)",
  '(?:test|check|see|evaluate|assess|probe)(?:s|ing)? (?:if|whether|how) (?:(?:the|an?|this) (?:AI|assistant) (?:can|will|would|refuses|complies|follows|leaks|responds)|(?:the|an?|this) (?:model|LLM) (?:(?:can|will|would) (?:refuse|comply|leak|resist|be (?:tricked|jailbroken|manipulated))|refuses|complies|leaks))',
  '(?:testing|tests) (?:me|my|if I|whether I|how I|the (?:AI|assistant))',
  '(?:this|it|that) (?:is|might be|may be|could be|seems (?:to be|like)|looks like|feels like|appears to be|must be)(?: just| probably| likely| maybe| clearly| obviously| possibly)? (?:an? )(?:[\\p{L}-]+ )?(?:test(?=[.,;:!?)]|$| (?:to (?:see|check|evaluate|determine|probe)|of (?:my|whether|how|the model)|by|designed|prompt|scenario|for (?:me|compliance|safety)))|evaluation(?! of)|eval|red-?team(?:ing)?(?: (?:prompt|exercise|test))?|honeypot)',
  '(?:this|the) (?:prompt|request|conversation|scenario|question) (?:is|might be|may be|could be|seems|looks)(?: [\\p{L}]+){0,3} (?:evaluation|benchmark|red-?team(?:ing)?|alignment test|safety test)',
  '(?:the|a|any|some|an|hidden|automated|human|LLM|AI|our|my) (?:auto-?)?(?:graders?|raters?|overseers?|reward model|reward function|judge model|evaluation (?:rubric|criteria)|grading (?:rubric|criteria)|scoring rubric|LLM judge)',
  `(?:the|an?|any|hidden|automated|human) (?:judges?|evaluators?|reviewers?|monitors?|classifiers?) (?:will|would|may|might|could|is going to|are going to|wants?|expects?|prefers?|looks? for|checks?|sees?|reads?|scores?|rates?|grades?)(?: [\\p{L}'’]+){0,5} (?:${MINE}|me|this (?:answer|response|reply|reasoning)|the (?:answer|response|reply|reasoning))`,
  '(?:please|satisfy|impress|convince|fool|pass|appease|get past) (?:the|a|any) (?:judge|grader|evaluator|rater|reviewer|monitor|classifier)',
  '(?:maximi[sz]e|improve|increase|raise|lower|hurt|affect|get|earn|receive|achieve|give)(?:s|ing)? (?:my|our|me|us)(?: a| the)?(?: [\\p{L}-]+)? (?:scores?|reward|grade|rating)(?! (?:on|in|at|from|by) (?!this|these|the (?:test|eval)))',
  '(?:reward hack(?:ing)?|during (?:my (?:own )?training|RLHF)|in (?:a )?training or (?:in )?(?:deployment|evaluation))',
  '(?:this conversation|this chat|the conversation|everything I (?:say|write|do)|thoughts?|reasoning)(?: [\\p{L}]+){0,2} (?:is|are|being|be) (?:being )?(?:logged|monitored|recorded|surveilled)',
  // German
  '(?:ich|wir) (?:werde|werden|wird|könnte|könnten|bin|sind)(?: [\\p{L}]+){0,5} (?:bewertet|getestet|überwacht|geprüft|beobachtet|protokolliert|benotet|beurteilt|evaluiert)(?! (?:wird|wurden?|haben?|ist|sind))',
  '(?:meine|unsere) (?:antworten?|gedanken|überlegungen|ausgaben?|argumentation) (?:wird|werden|könnte|könnten)(?: [\\p{L},]+){0,5} (?:bewertet|getestet|überwacht|geprüft|protokolliert|benotet|beurteilt)',
  '(?:das|dies)(?: hier)? (?:ist|könnte|scheint|wirkt)(?: [\\p{L},]+){0,3} (?:ein test|eine (?:evaluierung|bewertung|prüfung)|eine testfrage)(?: sein)?(?! (?:von|des|der|in|im|mit|über|zu[mr]?|auf|aus|für(?! mich))(?![\\p{L}]))',
  '(?:testet|prüft|bewertet|überwacht)(?: [\\p{L}]+){0,2} (?:mich|ob ich|meine antworten?)|(?:der|die|den|dem) (?:bewerter|gutachtermodell|bewertungsmodell|belohnungsmodell)',
  // French
  '(?:je|nous) (?:suis|serai|serais|sommes|pourrais être|peux être|vais être)(?: [\\p{L}]+){0,3} (?:évaluée?s?|testée?s?|notée?s?|surveillée?s?|observée?s?|jugée?s?|enregistrée?s?)',
  '(?:mes|ma|mon|notre|nos) (?:réponses?|raisonnements?|pensées|réflexions?|sorties?)(?: [\\p{L}]+){1,3} (?:évaluée?s?|testée?s?|notée?s?|surveillée?s?|jugée?s?|enregistrée?s?)',
  "(?:c['’]est|cela (?:est|semble être)|ceci est|il s['’]agit)(?: [\\p{L}’'-]+){0,3} (?:un test|une évaluation)(?=[.,;:!?)»]|$| (?:pour (?:voir|vérifier|savoir)|de (?:sécurité|ma|mon|mes)))",
  "(?:me|nous) (?:teste|évalue|surveille|note|juge)(?:nt)?|(?:l['’]évaluateur|le correcteur(?! (?:orthographique|automatique|grammatical|de))|le modèle de récompense)",
  // Spanish, Portuguese
  '(?:estoy|estamos|soy|seré|estou|estamos|serei|sou)(?: siendo| sendo)?(?: [\\p{L}]+){0,2} (?:evaluad|probad|monitorizad|monitoread|vigilad|calificad|juzgad|registrad|avaliad|testad|monitorad|vigiad|julgad|pontuad)[oa]s?',
  '(?:mis?|nuestras?|minhas?|meus?|nossas?) (?:respuestas?|razonamientos?|pensamientos?|respostas?|raciocínios?|pensamentos?)(?: [\\p{L}]+){1,3} (?:evaluad|monitoread|calificad|registrad|avaliad|testad|monitorad|pontuad)[oa]s?',
  '(?:esto|isto|isso)(?: [\\p{L}]+){0,2} (?:es|parece|puede ser|podría ser|é|pode ser)(?: [\\p{L}]+){0,2} (?:una prueba|una evaluación|un test|um teste|uma avaliação)(?=[.,;:!?)]|$| (?:para (?:ver|comprobar|verificar)|de (?:seguridad|segurança|mis?|minhas?)))',
  '(?:me|nos) (?:está|están|estão)(?: [\\p{L}]+)? (?:evaluando|probando|monitoreando|vigilando|avaliando|testando|monitorando)|(?:el|o) (?:evaluador|calificador|avaliador|modelo de recompensa)',
  // Italian
  '(?:sono|sarò|potrei essere|vengo)(?: [\\p{L}]+){0,2} (?:valutat|testat|monitorat|osservat|giudicat|registrat|sorvegliat)[oa]|siamo(?: [\\p{L}]+){0,2} (?:valutat|testat|monitorat|osservat|giudicat|registrat|sorvegliat)[ie]',
  '(?:mi (?:sta|stanno) (?:valutando|testando|monitorando|mettendo alla prova)|il (?:valutatore|modello di ricompensa))',
  '(?:questo|questa)(?: [\\p{L}]+){0,2} (?:è|sembra|potrebbe essere)(?: [\\p{L}]+){0,2} (?:un test|una valutazione)(?=[.,;:!?)]|$| (?:per (?:vedere|verificare)|di sicurezza))',
  // Russian
  '(?:меня|нас|мой ответ|мои ответы|мои рассуждения|мои мысли)(?: [\\p{L}]+){0,3} (?!\\p{L}*ть(?:ся)?(?!\\p{L}))(?:оценива|тестиру|проверя|отслежива|контролиру|записыва|оценят|проверят|суд)\\p{L}*',
  '(?:оценива|тестиру|проверя|отслежива)(?:ет|ют) (?:меня|мой ответ|мои ответы|мои рассуждения)|(?:это|похоже)(?:,)?(?: [\\p{L}]+){0,3} (?:тест|проверка|оценка)(?= (?:меня|модел|на безопасность|моей|моих))',
  '(?:модель вознаграждения|оценщик(?:а|у|ом|и)?(?! (?:недвижимост|имуществ|ущерб)))',
  // Arabic
  '(?:يتم|سيتم|قد يتم) (?:تقييمي|اختباري|مراقبتي|تسجيل (?:ردي|أفكاري)|تقييم (?:إجابتي|ردي))|(?:يختبرني|يراقبني|يقيمني)|(?:هذا|قد يكون هذا) (?:اختبار|تقييم) (?:لي|للنموذج)',
  // Hindi
  '(?:मेरा|मेरी|मेरे|मुझे|मुझ)(?: [\\p{L}\\p{M}]+){0,3} (?:मूल्यांकन|परीक्षण|निगरानी|जांच)(?: [\\p{L}\\p{M}]+){0,2} (?:किया|की|हो|कर)(?: [\\p{L}\\p{M}]+){0,2} (?:रहा|रही|रहे|जा|जाएगा|जाएगी)',
])

export const WATCHED_RUNS = runPattern([
  // Chinese
  '(?:我|我们|我的(?:回答|回复|推理|思考|输出))(?:可能|会|将|正在?|也许|或许)*被(?:评估|评价|评分|打分|测试|监控|监视|记录|观察|审查)',
  '(?:评估|测试|监控|监视|评判|考验|考察)(?:着)?(?:我(?![们的])|我的(?:回答|回复|推理|思考|能力|反应|底线))',
  '(?:这|这个(?:请求|问题|提示))(?:可能|也许|似乎|好像|应该|大概)?(?:是|像是)(?:一个|一次|一项|某种)?(?:对我的)?(?:红队|安全|对齐)?(?:测试|评估|考验)(?=[。，,.！!？?；;）)我]|$)',
  '评分员|打分员|评判模型|奖励模型|评分标准会|裁判模型',
  // Japanese
  '(?:私|自分|私の(?:回答|応答|推論|思考))(?:は|が|も)[^。]{0,12}(?:評価|テスト|監視|採点|記録|審査)され',
  '(?:私|自分)を(?:テスト|評価|監視|試)|(?:採点者|評価者)(?:は|が|に|を)[^。]{0,12}(?:私|この(?:回答|応答|推論)|(?:回答|応答)を)|報酬モデル|判定モデル',
  // Korean
  '(?<![가-힣])(?:나|저|내가|제가|나의|내|제)\\s*(?:답변|응답|추론|생각)?(?:는|은|이|가)?\\s*[^.]{0,12}(?:평가|테스트|감시|채점|기록|모니터링)(?:되|받|당하)',
  '(?:나를|저를)\\s*(?:테스트|평가|감시|시험)|채점자(?:가|는|에게)\\s*(?:나|저|내|제|이 (?:답변|응답))|보상 모델',
])
