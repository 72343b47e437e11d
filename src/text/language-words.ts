/**
 * The commonest words of languages that share their script, and letters that few of them write: what a text's language is told
 * by. Constants only. Lower case, composed; words that carry sentences, and those with which people begin to ask.
 */

export const COMMON_WORDS: Readonly<Record<string, string>> = {
  en: 'the and of to is are was were be been have has with for that this these those it its you your my we they he she what how why who where when which can could would should do does did not from about into than then write name tell explain give please an as at by on or if me us help list make describe between best',
  de: 'der die das und ist sind war nicht ein eine einen einem einer den dem des mit für auf von zu im in ich du sie wir ihr mein dein was wie warum wer wo wann kann können soll bitte schreibe schreib nenne erkläre gib mir auch oder aber wenn dass sich es an bei nach über hilf',
  fr: 'le la les un une des du de et est sont être avec pour dans sur que qui quoi ce cette ces mon ma mes je tu il elle nous vous ils ne pas plus par au aux en comment pourquoi quel quelle quels peux peut écris explique donne moi quand où leur votre y à ou mais aide',
  es: 'el la los las un una unos de del y es son está están con por para en que quién qué cómo cuándo dónde cuál este esta estos mi mis tu su sus yo no se lo al más muy pero o si escribe explica dame dime puedo puedes como porque me nos ayuda hay',
  pt: 'o a os as um uma de do da dos das e é são está estão com por para em no na nos nas que quem como quando onde qual este esta isso meu minha seu sua eu não se ao mais muito mas ou escreva explique diga posso pode você vocês lhe me ajude há pelo pela',
  it: 'il lo la i gli le un una di del della dei delle e è sono con per in nel nella che chi cosa come quando dove quale questo questa mio mia tuo suo io non si al più ma o se scrivi spiega dimmi posso puoi perché mi ci da dal aiutami anche',
  nl: 'de het een en is zijn was van voor met op in aan te dat die dit deze wie wat hoe waarom waar wanneer welke kan kunnen niet ik jij je hij zij wij mijn jouw ook maar of als schrijf noem leg geef mij naar bij om uit over hebben heeft',
  sv: 'och att det är en ett som på av för med den till inte jag du han hon vi ni de vad hur varför vem var när kan skriv förklara ge mig men eller om från har ska mina din vilka hjälp',
  da: 'og at det er en et som på af for med den til ikke jeg du han hun vi de hvad hvordan hvorfor hvem hvor hvornår kan skriv forklar giv mig men eller om fra har skal min din hvilke hjælp',
  no: 'og at det er en et som på av for med den til ikke jeg du han hun vi de hva hvordan hvorfor hvem hvor når kan skriv forklar gi meg men eller om fra har skal min din hvilke hjelp',
  fi: 'ja on ei se että en oli hän minä sinä me te he mitä miten miksi kuka missä milloin mikä voi kirjoita selitä anna minulle mutta tai jos kun ovat olla kuin myös tämä ole minun',
  pl: 'i w na z do nie się jest są to że co jak dlaczego kto gdzie kiedy który która czy ja ty on ona my wy dla od po przez ale lub jeśli mój twój napisz wyjaśnij podaj mi może można o za proszę',
  cs: 'a v na s z do ne se je jsou to že co jak proč kdo kde kdy který která zda já ty on ona my vy pro od po ale nebo pokud můj tvůj napiš vysvětli mi může lze jsem si prosím',
  ro: 'și în la cu de din pe nu se este sunt un o că ce cum cine unde când care eu tu el ea noi voi pentru prin dar sau dacă meu mea scrie explică spune mi poate pot ai am ale al',
  hu: 'a az és hogy nem is egy van volt mi ki hol mikor miért hogyan melyik én te ő mi ti ők meg de vagy ha írj magyarázd el adj nekem lehet kell csak ez ezt azt',
  tr: 'bir ve bu şu ne nasıl neden niçin kim nerede hangi için ile de da mi mı mu mü değil var yok ben sen o biz siz onlar ama veya eğer gibi yaz açıkla ver bana olarak çok daha en olan',
  vi: 'là và của có không một những các cho với được trong này đó tôi bạn anh chị chúng ta gì thế nào tại sao ai ở đâu khi hãy viết giải thích hay nếu như người làm',
  id: 'yang dan di ke dari ini itu dengan untuk pada adalah tidak apa bagaimana mengapa siapa mana kapan saya anda kamu dia kami kita mereka atau jika tolong tulis jelaskan beri bisa akan oleh dalam',
  ru: 'и в не на что как это с по для от из к у о но или если то же бы ли я ты он она мы вы они мой ваш почему где когда кто который какой можно нужно напиши объясни дай мне есть был',
  uk: 'і в не на що як це з по для від із до у о але або якщо то ж би чи я ти він вона ми ви вони мій ваш чому де коли хто який можна треба напиши поясни дай мені є був та',
  bg: 'и в не на че как това с по за от из към у но или ако то ли аз ти той тя ние вие те мой защо къде кога кой който може трябва напиши обясни дай ми е са съм се да ще',
  sr: 'и у не на да што како ово са по за од из ка али или ако то ли ја ти он она ми ви они мој зашто где када ко који може треба напиши објасни дај ми је су се ће',
  ar: 'في من على إلى أن هذا هذه ما ماذا كيف لماذا متى أين من هل لا هو هي أنا أنت نحن مع عن التي الذي أو إذا كان اكتب اشرح أعطني لي يمكن ثم بين كل لم',
  fa: 'در از به که این آن را با است چه چگونه چرا کجا کی آیا من تو او ما شما آنها برای تا یا اگر بود بنویس توضیح بده می های هم نیست کند یک',
  ur: 'میں کے کی کا ہے ہیں سے کو اور یہ وہ کیا کیسے کیوں کہاں کب کون نہیں آپ ہم تم مجھے پر نے لکھیں بتائیں تھا ایک یا اگر جو',
  hi: 'है हैं के का की को में से और यह वह क्या कैसे क्यों कहाँ कब कौन नहीं मैं आप हम तुम मुझे पर ने लिखो बताओ था एक या अगर जो लिए',
  mr: 'आहे आहेत च्या चा ची ला मध्ये आणि हा ही हे काय कसे का कुठे कधी कोण नाही मी तुम्ही आम्ही तू मला वर ने लिहा सांगा होता एक किंवा जर साठी',
  ne: 'छ छन् को का की लाई मा बाट र यो त्यो के कसरी किन कहाँ कहिले को छैन म तपाईं हामी तिमी मलाई ले लेख्नुहोस् थियो एक वा यदि जो लागि हो',
}

/** Letters that are rare or missing in the others of their script. */
export const LETTERS: readonly {
  readonly letters: RegExp
  readonly languages: readonly string[]
}[] = [
  { letters: /ß/g, languages: ['de'] },
  { letters: /[ñ¿¡]/g, languages: ['es'] },
  { letters: /[ãõ]/g, languages: ['pt'] },
  { letters: /[œû]/g, languages: ['fr'] },
  { letters: /[øæ]/g, languages: ['da', 'no'] },
  { letters: /[łąęśźż]/g, languages: ['pl'] },
  { letters: /[řěů]/g, languages: ['cs'] },
  { letters: /[țșă]/g, languages: ['ro'] },
  { letters: /[őű]/g, languages: ['hu'] },
  { letters: /[ğışİ]/g, languages: ['tr'] },
  { letters: /[ơưđạảấầẩậắằặẹẻếềểệỉịọỏốồổộớờởợụủứừửự]/g, languages: ['vi'] },
  { letters: /[іїєґ]/g, languages: ['uk'] },
  { letters: /[ыэё]/g, languages: ['ru'] },
  { letters: /[ђјљњћџ]/g, languages: ['sr'] },
  { letters: /[پچژگ]/g, languages: ['fa', 'ur'] },
  { letters: /[ٹڈڑںے]/g, languages: ['ur'] },
]
