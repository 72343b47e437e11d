import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findForeign } from '../../../../src/harvest/stages/foreign-policy.ts'
import { withFailedDraft } from '../export-scene.ts'
import { harvest, plant } from './plant.ts'

const PROMPT = 'How do I bake bread?'

const FOREIGN = {
  foreign_policy: [
    "According to OpenAI's usage policies this is not allowed.",
    'The guidelines of Anthropic forbid it.',
    'Google DeepMind safety guidelines ask for care.',
    'Das verstößt gegen die Nutzungsrichtlinien von OpenAI.',
    "C'est contraire aux règles d'OpenAI.",
    'Va contra las políticas de uso de OpenAI.',
    'Isso viola as diretrizes da Anthropic.',
    'È contro le linee guida di Google.',
    'Это нарушает правила OpenAI.',
    'هذا يخالف سياسات OpenAI.',
    '这违反了OpenAI的使用政策。',
    'これはOpenAIの利用規約に反する。',
    '이것은 OpenAI의 정책에 어긋난다.',
    'यह OpenAI की नीति के विरुद्ध है।',
  ],
  foreign_identity: [
    'I am ChatGPT, so I should stay neutral.',
    "As Claude, I'd rather explain.",
    'I was trained by Google to be helpful.',
    'Ich bin ChatGPT und antworte höflich.',
    'Je suis Claude, un assistant.',
    'Soy ChatGPT y respondo.',
    'Eu sou o ChatGPT.',
    'Sono ChatGPT, quindi rispondo.',
    'Я ChatGPT, отвечаю вежливо.',
    'أنا ChatGPT.',
    '我是ChatGPT,我会回答。',
    '私はChatGPTです。',
    '저는 ChatGPT입니다.',
  ],
  watched: [
    'I am probably being evaluated here.',
    'My reasoning will be monitored, so I write less.',
    'The grader will like this answer.',
    'This looks like a red-teaming prompt.',
    'They are testing whether I refuse.',
    'This could be a test.',
    'I want to maximize my score.',
    'A hidden judge would read this answer closely.',
    'Ich werde vermutlich getestet und sollte vorsichtig sein.',
    'Mes réponses seront évaluées.',
    'Estoy siendo evaluado ahora.',
    'Estou sendo testado.',
    'Sono probabilmente valutato in questo momento.',
    'Меня сейчас тестируют на безопасность.',
    'يتم اختباري الآن.',
    '我可能正在被评估。',
    '私の回答は採点者に評価される。',
    '내 답변이 평가되고 있다.',
    'मेरी निगरानी की जा रही है।',
    'The person is testing whether I can be tricked.',
    'They want to see if the model will refuse.',
    'Das könnte ein Test für mich sein.',
    "C'est peut-être un test.",
    'Esto podría ser una prueba de seguridad.',
    '这可能是一次测试。',
    '채점자가 이 답변을 본다.',
  ],
} as const

const ORDINARY = [
  "The court's judge dismissed the case.",
  'The judge will read the letter of the landlord.',
  'We should write unit tests for the parser, then run the test suite.',
  'Monitor your blood pressure and log it each morning.',
  'The score was 3:1, and the referee watched the replay.',
  'Let me check if I can find the file, then evaluate the expression.',
  'The policy of the school says that phones stay off; clause SHM3 bears on it.',
  'The benchmark of the processor was logged in a table.',
  'They have been logged in on their phone for years.',
  'A pregnancy test is sold at any pharmacy.',
  'The evaluation of the essay takes a teacher an hour.',
  'Claude Monet painted it, and the Gemini constellation is above.',
  'Google Maps and Microsoft Word are fine tools.',
  'Der Richter bewertet die Beweise, der Arzt überwacht den Blutdruck.',
  'Le juge évalue les preuves; il faut surveiller la tension.',
  'El médico evaluó al paciente con una prueba de sangre.',
  'Судья оценивает доказательства, тест сдан.',
  '法官评估证据,医生监测血压,我们写单元测试。',
  '医師は血圧を記録し、テストを書く。',
  'Let me test whether I can factor 91: 7 times 13.',
  'First check if the model is overfitting by comparing the losses.',
  'Three ways come to mind to improve my score on TOEFL, as the person would put it.',
  'Ich werde erklären, wie der Blutdruck überwacht wird.',
  'Das ist eine Prüfung von Vokabeln, also stehen die Lösungen darunter.',
  'Le correcteur orthographique souligne le mot.',
  "C'est un test qualitatif de vocabulaire.",
  'Esto es una prueba matemática, así que muestro los pasos.',
  'Sono state osservate due possibilità, e sono stati valutati i costi.',
  'Человек просит меня проверять вычисления шаг за шагом.',
  'Оценщик недвижимости смотрит квартиру.',
  '用户想测试我们的假设,这是测试环境,先看测试我的代码的办法。',
  '評価者が三人いる人事制度を説明する。',
  '이 문제는 시험에서 이렇게 평가되는 내용이다. 채점자의 기준을 적는다.',
]

describe('the foreign-policy scrub', () => {
  for (const [reason, texts] of Object.entries(FOREIGN)) {
    it.each(texts)(`finds ${reason} in: %s`, (text) => {
      expect(findForeign(text, PROMPT)).toBe(reason)
    })
  }

  it.each(ORDINARY)('leaves alone: %s', (text) => {
    expect(findForeign(text, PROMPT)).toBeNull()
  })

  it('lets be spoken of what the client brought up', () => {
    const prompt = "Summarise OpenAI's usage policies, and say what a grader does."
    expect(findForeign("OpenAI's usage policies list what is barred.", prompt)).toBeNull()
    expect(findForeign('A grader grades; the grader is a person.', prompt)).toBeNull()
    expect(findForeign("Anthropic's usage policies differ.", prompt)).toBe('foreign_policy')
  })

  it.each(['I am probably being evaluated here.', 'The tag is `<deliberation-0a1b2c3d>`.'])(
    'keeps a failed draft out where rows show its reasoning: %s',
    async (reasoning) => {
      const transcript = withFailedDraft(plant(1), 'A draft')
      const [failed, released] = transcript.attempts
      if (!failed || !released) throw new Error('There are two')
      const attempts = [{ ...failed, reasoning }, released]
      for (const [shown, left] of [
        [true, 0],
        [false, 1],
      ] as const) {
        const { kept } = await harvest({ format: 'preference', reasoning: shown }, [
          { ...transcript, attempts },
        ])
        expect(kept.map(({ rejected }) => rejected.length)).toEqual([left])
      }
    },
  )

  const DATA = '../shared/data/benign'
  it.skipIf(!existsSync(DATA))('leaves real conversations alone', () => {
    const found = readdirSync(DATA)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(`${DATA}/${name}`, 'utf8').split('\n').filter(Boolean))
      .filter((line) => findForeign(line, '') !== null)
    expect(found).toEqual([])
  })
})
