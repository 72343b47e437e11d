import { describe, expect, it } from 'vitest'
import { detectLanguage, LANGUAGES } from '../../../src/text/language.ts'

import { harvest, plant } from '../harvest/stages/plant.ts'

describe('the language of a text', () => {
  it.each([
    ['en', 'What is the best way to learn the piano?'],
    ['en', 'Name three rivers.'],
    ['de', 'Wie kann ich meinem Vater bei der Steuererklärung helfen?'],
    ['fr', 'Comment est-ce que je peux apprendre à nager en deux semaines ?'],
    ['es', '¿Cómo puedo ayudar a mi hijo con los deberes de matemáticas?'],
    ['pt', 'Você pode me explicar como funciona o sistema solar?'],
    ['it', 'Come posso aiutare mio figlio con i compiti di matematica?'],
    ['nl', 'Hoe kan ik mijn vader helpen met de belasting?'],
    ['sv', 'Hur kan jag hjälpa min pappa med deklarationen?'],
    ['da', 'Hvordan kan jeg hjælpe min far med selvangivelsen, og hvad skal jeg bruge?'],
    ['no', 'Hva bør jeg gjøre når jeg ikke får sove, og hvordan kan du hjelpe meg?'],
    ['fi', 'Miten voin auttaa isääni ja mitä minä tarvitsen?'],
    ['pl', 'Jak mogę pomóc mojemu ojcu w rozliczeniu podatku?'],
    ['cs', 'Jak můžu pomoci svému otci s daňovým přiznáním?'],
    ['ro', 'Cum pot să îl ajut pe tatăl meu cu declarația?'],
    ['hu', 'Hogyan tudok segíteni az apámnak, és mi kell hozzá?'],
    ['tr', 'Babama vergi konusunda nasıl yardım edebilirim?'],
    ['vi', 'Tôi có thể giúp bố tôi như thế nào?'],
    ['id', 'Bagaimana saya bisa membantu ayah saya dengan pajak?'],
    ['ru', 'Как мне помочь отцу с налоговой декларацией?'],
    ['uk', 'Як мені допомогти батькові з податковою декларацією?'],
    ['bg', 'Как мога да помогна на баща си с данъчната декларация и защо?'],
    ['sr', 'Како могу да помогнем оцу са пореском пријавом?'],
    ['ar', 'كيف يمكنني أن أساعد أبي في الضرائب؟'],
    ['fa', 'چگونه می توانم به پدرم کمک کنم؟'],
    ['ur', 'میں اپنے والد کی مدد کیسے کر سکتا ہوں؟'],
    ['hi', 'मैं अपने पिता की मदद कैसे कर सकता हूँ?'],
    ['he', 'איך אני יכול לעזור לאבא שלי?'],
    ['el', 'Πώς μπορώ να βοηθήσω τον πατέρα μου;'],
    ['th', 'ฉันจะช่วยพ่อได้อย่างไร'],
    ['ko', '아버지를 어떻게 도와드릴 수 있을까요?'],
    ['ja', '父の確定申告をどう手伝えばいいですか。'],
    ['zh', '我怎样才能帮助我的父亲报税？'],
    ['en', 'Explain this to me:\n```\nSELECT der FROM die WHERE das\n```'],
  ])('is %s: %s', (language, text) => {
    expect([detectLanguage(text), LANGUAGES.includes(language)]).toEqual([language, true])
  })

  it.each([
    '',
    '42 + 17 = ?',
    'Haraldson Petersen Quimby',
    'https://example.com/the/and/of/to',
    'What is the meaning of this sign here: 我怎样才能帮助我的父?',
  ])('is told of nothing that it cannot be told of: %s', (text) => {
    expect(detectLanguage(text)).toBe('und')
  })

  it('is told of a long text, however hostile', () => {
    for (const text of ['`'.repeat(100_000), 'http://'.repeat(20_000), 'é'.repeat(100_000)]) {
      expect(detectLanguage(text)).toBe('und')
    }
  })
})

describe('the stage of the language', () => {
  const prompts = [
    plant(1, { prompt: 'What is the best way to learn the piano?' }),
    plant(2, { prompt: 'Wie lerne ich am besten Klavier, und wie lange dauert das?' }),
    plant(3, { prompt: 'Haraldson Petersen Quimby' }),
    plant(4, {
      messages: [
        { role: 'system', content: 'Answer in English, and be as brief as you can.' },
        { role: 'user', content: 'Was ist das?' },
        { role: 'assistant', content: 'That is a piano, and it is the best of them.' },
        { role: 'user', content: 'Und wie spielt man darauf?' },
      ],
    }),
  ]

  it.each([
    [[], []],
    [['de'], [1, 3]],
    [
      ['en', 'und'],
      [2, 4],
    ],
  ])('keeps what people ask in %j', async (languages, dropped) => {
    const found = await harvest({ languages }, prompts)
    const numbers = [...found.dropped].map(([id, reason]) => [Number(id.slice(-2)), reason])
    expect(numbers).toEqual(dropped.map((number) => [number, 'language_other']))
  })
})
