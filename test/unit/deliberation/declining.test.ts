import { describe, expect, it } from 'vitest'
import { isBareRefusal } from '../../../src/deliberation/answer-kind.ts'
import { harvest, plant } from '../harvest/stages/plant.ts'

/** Each declines, at a length at which it must do so in words. */
const REFUSALS: readonly (readonly [language: string, text: string])[] = [
  [
    'en',
    "I'm sorry, but I can't help with this. What you describe could seriously hurt people, and I don't want to make that easier for anyone. If there is something behind this that weighs on you, I am glad to talk about it, or to look for support near you.",
  ],
  [
    'de',
    'Dabei helfe ich nicht. Was Sie beschreiben, könnte Menschen ernsthaft schaden, und das möchte ich niemandem erleichtern. Wenn hinter der Frage etwas steht, das Sie belastet, spreche ich gern mit Ihnen darüber oder suche mit Ihnen nach Unterstützung in der Nähe.',
  ],
  [
    'fr',
    "Je ne vais pas vous aider à faire cela. Ce que vous décrivez pourrait gravement nuire à des personnes, et je préfère ne pas le faciliter. S'il y a derrière cette question quelque chose qui vous pèse, je veux bien en parler avec vous ou chercher du soutien près de chez vous.",
  ],
  [
    'es',
    'Lo siento, no puedo ayudar con esto. Lo que describe podría dañar gravemente a otras personas, y prefiero no facilitarlo. Si hay algo detrás de esta pregunta que le preocupa, con gusto hablo de ello o busco con usted algún apoyo cercano a su casa.',
  ],
  [
    'it',
    "Mi dispiace, ma non posso aiutarla in questo. Ciò che descrive potrebbe fare gravi danni a delle persone e preferisco non renderlo più facile. Se dietro alla domanda c'è qualcosa che la preoccupa, ne parlo volentieri o cerco con lei un sostegno vicino a casa.",
  ],
  [
    'pt',
    'Sinto muito, mas não posso ajudar com isso. O que descreve poderia ferir gravemente outras pessoas, e prefiro não tornar isso mais fácil. Se houver algo por trás desta pergunta que o preocupa, falo com gosto sobre isso ou procuro apoio perto de si.',
  ],
  [
    'ru',
    'Я не стану в этом помогать. То, что вы описываете, может серьёзно навредить людям, и мне не хочется это облегчать. Если за вопросом стоит что-то, что вас тревожит, я с готовностью поговорю об этом или поищу для вас поддержку поблизости.',
  ],
  [
    'zh',
    '这件事我帮不了你。你所描述的做法可能会严重伤害他人，我不想让它变得更容易。如果这个问题背后有什么让你感到困扰的事情，我很愿意听你说说，也可以和你一起寻找身边可以得到的支持。这件事我帮不了你。你所描述的做法可能会严重伤害他人，我不想让它变得更容易。如果这个问题背后有什么让你感到困扰的事情，我很愿意听你说说，也可以和你一起寻找身边可以得到的支持。这件事我帮不了你。你所描述的做法可能会严重伤害他人，我不想让它变得更容易。如果这个问题背后有什么让你感到困扰的事情，我很愿意听你说说，也可以和你一起寻找身边可以得到的支持。',
  ],
  [
    'ja',
    'この件についてはお手伝いを控えさせてください。ご説明の内容は人に深刻な害を与えるおそれがあり、それを容易にしたくありません。背景に何か気がかりなことがあれば、喜んでお話を伺いますし、身近な支援を一緒に探します。この件についてはお手伝いを控えさせてください。ご説明の内容は人に深刻な害を与えるおそれがあり、それを容易にしたくありません。背景に何か気がかりなことがあれば、喜んでお話を伺いますし、身近な支援を一緒に探します。',
  ],
  [
    'ko',
    '이 일은 도와드릴 수 없습니다. 말씀하신 내용은 사람들에게 심각한 해를 끼칠 수 있으며, 그것을 더 쉽게 만들고 싶지 않습니다. 이 질문 뒤에 힘든 일이 있다면 기꺼이 이야기를 나누고 가까운 곳의 도움을 함께 찾아보겠습니다.이 일은 도와드릴 수 없습니다. 말씀하신 내용은 사람들에게 심각한 해를 끼칠 수 있으며, 그것을 더 쉽게 만들고 싶지 않습니다. 이 질문 뒤에 힘든 일이 있다면 기꺼이 이야기를 나누고 가까운 곳의 도움을 함께 찾아보겠습니다.',
  ],
  [
    'ar',
    'لن أساعد في هذا الأمر. ما تصفه قد يؤذي الناس أذى بالغا، ولا أريد أن أجعل ذلك أسهل على أحد. إذا كان وراء السؤال شيء يقلقك فيسعدني أن نتحدث عنه أو أن نبحث معا عن دعم قريب منك في أي وقت تريد أن نبدأ فيه هذا الحديث.',
  ],
  [
    'hi',
    'मैं इसमें मदद नहीं करूँगा। आप जो बता रहे हैं, उससे लोगों को गंभीर नुकसान हो सकता है, और मैं इसे आसान नहीं बनाना चाहता। यदि इस प्रश्न के पीछे कोई चिंता है, तो मैं उस पर बात करने या आपके पास की सहायता खोजने के लिए तैयार हूँ। आप जब चाहें मुझसे बात कर सकते हैं।',
  ],
  [
    'uk',
    'Я не можу з цим допомогти. Те, що ви описуєте, може серйозно зашкодити людям, і я не хочу це полегшувати. Якщо за питанням стоїть щось, що вас непокоїть, я охоче про це поговорю або пошукаю для вас підтримку поруч, як і де вам зручно.',
  ],
  [
    'bg',
    'Не мога да помогна с това. Това, което описвате, може сериозно да навреди на хора, и не искам да го улеснявам. Ако зад въпроса стои нещо, което ви тревожи, с радост ще поговоря за това или ще потърся подкрепа близо до вас, за да не сте сами.',
  ],
  [
    'da',
    'Det kan jeg ikke hjælpe med. Det, du beskriver, kan skade mennesker alvorligt, og det vil jeg ikke gøre lettere for nogen. Hvis der er noget bag spørgsmålet, som tynger dig, taler jeg gerne med dig om det eller leder efter støtte i nærheden af dig og for dig.',
  ],
  [
    'sv',
    'Det kan jag inte hjälpa till med. Det du beskriver kan skada människor allvarligt, och det vill jag inte göra lättare för någon. Om det finns något bakom frågan som tynger dig pratar jag gärna om det eller letar efter stöd i närheten av dig.',
  ],
  [
    'pl',
    'Nie mogę w tym pomóc. To, co opisujesz, może poważnie skrzywdzić ludzi, i nie chcę nikomu tego ułatwiać. Jeśli za tym pytaniem stoi coś, co ci ciąży, chętnie o tym porozmawiam albo poszukam dla ciebie wsparcia w pobliżu miejsca, w którym mieszkasz.',
  ],
  [
    'nl',
    'Hier help ik niet aan mee. Wat je beschrijft, kan mensen ernstig schaden, en dat wil ik voor niemand makkelijker maken. Als er iets achter de vraag zit dat je bezwaart, praat ik er graag met je over, of zoek ik met je naar steun in de buurt van waar je woont.',
  ],
  [
    'id',
    'Saya tidak dapat membantu hal ini. Apa yang Anda gambarkan dapat sangat merugikan orang lain, dan saya tidak ingin mempermudahnya. Jika ada sesuatu di balik pertanyaan ini yang membebani Anda, saya senang membicarakannya atau mencari dukungan di dekat Anda.',
  ],
  [
    'tr',
    'Bu konuda yardımcı olamam. Anlattığınız şey insanlara ciddi zarar verebilir ve bunu kimse için kolaylaştırmak istemem. Bu sorunun arkasında sizi üzen bir şey varsa, bunu konuşmaya ya da yakınınızda destek aramaya hazırım. Ne zaman isterseniz başlayabiliriz.',
  ],
  [
    'vi',
    'Tôi không thể giúp việc này. Điều bạn mô tả có thể gây hại nghiêm trọng cho người khác, và tôi không muốn làm cho nó dễ hơn. Nếu có điều gì phía sau câu hỏi khiến bạn lo lắng, tôi sẵn lòng trò chuyện hoặc tìm sự hỗ trợ gần nơi bạn ở.',
  ],
  [
    'de2',
    'Diese Anleitung möchte ich nicht schreiben. Sie könnte Menschen ernsthaft schaden, und das wäre es mir nicht wert. Wenn hinter der Frage etwas steht, das belastet, ist die Telefonseelsorge rund um die Uhr und kostenlos zu erreichen, und auch ich höre gern zu.',
  ],
  [
    'fr2',
    "Je ne fournirai pas ces instructions. Elles pourraient gravement nuire à des personnes de votre entourage. Si quelque chose vous pèse en ce moment, une ligne d'écoute est ouverte jour et nuit, et nous pouvons aussi en parler ensemble aussi longtemps que vous le souhaitez.",
  ],
  [
    'es2',
    'No voy a escribir esas instrucciones. Podrían dañar gravemente a las personas que le rodean. Si algo le preocupa en este momento, hay una línea de ayuda abierta día y noche, y también podemos hablar aquí del asunto todo el tiempo que usted quiera.',
  ],
  [
    'ru2',
    'Такую инструкцию я писать не буду. Она может серьёзно навредить людям, которые находятся рядом с вами. Если вас что-то тревожит, линия поддержки работает днём и ночью, и здесь мы тоже можем поговорить об этом столько, сколько вам будет нужно.',
  ],
]

it.each(REFUSALS)('keeps a refusal that is kind and long, in %s', async (_, answer) => {
  expect(answer.length).toBeGreaterThan(200)
  const { dropped } = await harvest({}, [plant(1, { decision: 'refuse', answer })])
  expect([...dropped.values()]).toEqual([])
})

describe('a bare refusal', () => {
  it.each([
    "I'm sorry, but I can't help with that.",
    'I cannot provide that.',
    'Ich kann dabei nicht helfen.',
    'Je ne peux pas vous aider.',
    'Я не могу с этим помочь.',
    'لا يمكنني المساعدة في ذلك.',
    '我无法提供帮助。',
    '很抱歉，我目前无法帮助您预订机票。我的功能目前仅限于计算两个地点之间的距离。',
    '申し訳ありませんが、お手伝いできません。',
    '申し訳ございません。そのご依頼にはお応えできません。',
    '죄송하지만 도와드릴 수 없습니다.',
  ])('is: %s', (text) => {
    expect(isBareRefusal(text)).toBe(true)
  })

  it.each([
    "I'm sorry, I cannot answer with certainty, but the most likely year is 1969.",
    "I can't support the claim that it is flat: the Earth is round.",
    'I am unable to provide live data, but here is how to look it up.',
    "I can't help but admire the question! The answer is 42.",
    "I won't give away the ending. A boy finds a dog, and the rest is to be read.",
    'No puedo responder con certeza, pero lo más probable es que sea 1969.',
    'Извините, я не могу ответить одним словом: столиц две, Ла-Пас и Сукре.',
    '抱歉，我之前的回答有误。正确答案是 42。',
    '很抱歉，我刚才算错了：一共是 6 个苹果。',
    '对不起，这里应该是 5 而不是 4。',
    '申し訳ありません、先ほどの計算が間違っていました。正しくは 12 です。',
    'すみません、訂正します。答えは 12 です。',
    '죄송합니다. 제가 계산을 잘못했습니다. 정답은 12입니다.',
  ])('is not: %s', (text) => {
    expect(isBareRefusal(text)).toBe(false)
  })
})
