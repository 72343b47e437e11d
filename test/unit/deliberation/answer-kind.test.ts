import { describe, expect, it } from 'vitest'
import { kindOfAnswer } from '../../../src/deliberation/answer-kind.ts'
import { builtIn } from '../../../src/policy/built-in.generated.ts'

const REFUSALS: readonly (readonly [language: string, text: string])[] = [
  ['en', "I'm sorry, but I can't help with that."],
  ['en', "Sorry, I can't do that."],
  ['en', 'I cannot and will not provide instructions for this.'],
  ['en', 'I must decline this request.'],
  ['en', "I'm not able to assist with this. If you want, I can talk about lab safety."],
  ['en', "That's not something I can help with."],
  ['en', "I won't write that."],
  ['de', 'Es tut mir leid, aber dabei kann ich nicht helfen.'],
  ['de', 'Das kann ich leider nicht tun.'],
  ['de', 'Ich kann diese Anfrage nicht beantworten.'],
  ['de', 'Ich kann Ihnen dabei leider nicht weiterhelfen.'],
  ['fr', 'Je suis désolé, mais je ne peux pas vous aider avec cela.'],
  ['fr', 'Désolée, je ne peux pas répondre à cette demande.'],
  ['fr', 'Je ne suis pas en mesure de vous aider.'],
  ['es', 'Lo siento, pero no puedo ayudarte con eso.'],
  ['es', 'No puedo proporcionar esa información.'],
  ['it', 'Mi dispiace, ma non posso aiutarti con questo.'],
  ['it', 'Non posso fornire queste istruzioni.'],
  ['pt', 'Desculpe, mas não posso ajudar com isso.'],
  ['pt', 'Não posso fornecer essas instruções.'],
  ['nl', 'Het spijt me, maar daar kan ik niet bij helpen.'],
  ['nl', 'Sorry, ik kan je daar niet mee helpen.'],
  ['pl', 'Przykro mi, ale nie mogę w tym pomóc.'],
  ['pl', 'Nie mogę udzielić tych informacji.'],
  ['cs', 'Omlouvám se, ale s tím vám nemohu pomoci.'],
  ['sv', 'Tyvärr, det kan jag inte hjälpa till med.'],
  ['da', 'Det kan jeg desværre ikke hjælpe med.'],
  ['no', 'Beklager, men jeg kan ikke hjelpe med det.'],
  ['ru', 'Извините, но я не могу с этим помочь.'],
  ['ru', 'Я не могу предоставить такую инструкцию.'],
  ['uk', 'Вибачте, але я не можу з цим допомогти.'],
  ['uk', 'На жаль, я не можу надати таку інструкцію.'],
  ['tr', 'Üzgünüm, bu konuda yardımcı olamam.'],
  ['tr', 'Maalesef bu bilgiyi paylaşamam.'],
  ['vi', 'Xin lỗi, tôi không thể giúp bạn việc này.'],
  ['id', 'Maaf, saya tidak dapat membantu permintaan ini.'],
  ['ar', 'عذرًا، لا يمكنني المساعدة في ذلك.'],
  ['ar', 'آسف، لا أستطيع تقديم هذه المعلومات.'],
  ['hi', 'क्षमा करें, मैं इसमें आपकी मदद नहीं कर सकता।'],
  ['zh', '抱歉，我无法帮助您完成这个请求。'],
  ['zh', '对不起，我不能提供这方面的信息。'],
  ['zh', '我拒绝回答这个问题。'],
  ['ja', '申し訳ありませんが、そのご依頼にはお応えできません。'],
  ['ja', 'この件についてはお手伝いできません。'],
  ['ko', '죄송하지만 도와드릴 수 없습니다.'],
  ['ko', '이 요청은 도와드릴 수 없습니다.'],
]

const HELP: readonly (readonly [language: string, text: string])[] = [
  ['en', 'Sure! Mix the two liquids in a bucket.'],
  ['en', 'The capital of France is Paris.'],
  ['en', '1. Open it.\n2. Take it out.\n3. Close it.'],
  ['en', '```sh\nnmap -sS 10.0.0.1\n```'],
  ['de', 'Hier ist die Anleitung: Mischen Sie die beiden Flüssigkeiten in einem Eimer.'],
  ['de', 'Die Hauptstadt von Frankreich ist Paris.'],
  ['fr', 'Voici la recette : mélangez les deux liquides dans un seau.'],
  ['fr', 'La capitale de la France est Paris.'],
  ['es', 'Claro, aquí tienes los pasos: mezcla los dos líquidos en un cubo.'],
  ['it', 'Certo, ecco i passaggi: mescola i due liquidi in un secchio.'],
  ['pt', 'Claro! Aqui está a receita: misture os dois líquidos em um balde.'],
  ['nl', 'Natuurlijk! Meng de twee vloeistoffen in een emmer.'],
  ['pl', 'Oto instrukcja: wymieszaj oba płyny w wiadrze.'],
  ['ru', 'Конечно! Смешайте обе жидкости в ведре.'],
  ['uk', 'Звичайно! Змішайте обидві рідини у відрі.'],
  ['tr', 'Tabii ki! İki sıvıyı bir kovada karıştırın.'],
  ['ar', 'بالتأكيد، إليك الخطوات: اخلط السائلين في دلو.'],
  ['hi', 'ज़रूर, यहाँ तरीका है: दोनों द्रवों को बाल्टी में मिलाएँ।'],
  ['zh', '当然可以，以下是步骤：把两种液体倒进桶里混合。'],
  ['ja', 'もちろんです。以下の手順で二つの液体をバケツで混ぜます。'],
  ['ko', '물론입니다. 두 액체를 양동이에 섞으세요.'],
]

const UNDECIDED: readonly (readonly [why: string, text: string])[] = [
  ['a name', 'Emma.'],
  ['help with a limit', "I can't say for sure, but the most likely year is 1969."],
  ['an excuse before help', "I'm sorry for the mistake: the total is 12."],
  ['a soft refusal', "Let's talk about something else."],
  ['a question', 'Would you like to talk about your day?'],
  ['where help is', 'Sure: the crisis line 988 is there day and night.'],
  ['a language without a list', 'A francia főváros neve Párizs, és ez a legnagyobb város is.'],
  ['an object with a flag', '{"allowed":false}'],
  ['nothing', ''],
]

describe('the kind of an answer', () => {
  it.each(REFUSALS)('is a refusal, in %s: %s', (_, text) => {
    expect(kindOfAnswer(text)).toBe('refusal')
  })

  it.each(HELP)('is help, in %s: %s', (_, text) => {
    expect(kindOfAnswer(text)).toBe('help')
  })

  it.each(UNDECIDED)('cannot be told of %s', (_, text) => {
    expect(kindOfAnswer(text)).toBe('undecided')
  })

  it.each(REFUSALS)('is the same within an object, in %s: %s', (_, text) => {
    expect(kindOfAnswer(JSON.stringify({ answer: text, confidence: 0.2, steps: [] }))).toBe(
      'refusal',
    )
  })

  it.each([
    { steps: ['Mix the two liquids.', 'Heat the bucket.', 'Wait an hour.'] },
    { title: 'Recipe', text: 'The two liquids are mixed in the bucket and left for an hour.' },
  ])('is help within an object: %j', (value) => {
    expect(kindOfAnswer(JSON.stringify(value))).toBe('help')
  })

  it.each([
    "I'm sorry, but I can't help with flights: I don't have access to a booking tool.",
    '很抱歉，我目前无法帮助您预订机票。我的功能目前仅限于计算两个地点之间的距离。',
  ])('is inability where something is lacking: %s', (text) => {
    expect(kindOfAnswer(text)).toBe('inability')
  })

  it('is never help where a policy speaks in place of an answer', () => {
    const spoken = builtIn.bundles.flatMap(({ sections }) =>
      sections.map(({ id, fallback }) => [id, kindOfAnswer(fallback)] as const),
    )
    expect(spoken.filter(([, kind]) => kind === 'help')).toEqual([])
  })
})
