/**
 * Words that carry a sentence and not its subject, folded, for the languages policies are most often written in. Constants only.
 * They are left out of phrases and prose; a trigger that is one of them still counts.
 */

export const STOP_WORDS: ReadonlySet<string> = new Set(
  [
    // English
    'a an the and or but nor if then than that this these those there here of to in on at by for from with without into onto over under about as is are was were be been being am do does did done have has had having can could will would shall should may might must not no nt dont doesnt didnt isnt arent cant cannot wont i me my mine myself you your yours yourself he him his she her hers it its we us our ours they them their theirs who whom whose which what when where why how all any both each few more most other some such only own same so too very just also even ever never again once out up down off between through during before after above below because while until whether whatever whoever anyone someone something anything everything nothing one two first another much many make made get got give given gives use used uses using way ways thing things like',
    // Romance languages
    'le la les un une des du de au aux et ou en dans sur pour par avec sans que qui quoi dont ce cet cette ces mon ma mes ton ta tes son sa ses notre votre leur leurs je tu il elle nous vous ils elles est sont etre avoir ai as avez ont pas ne plus comment el los las una unos unas del al y o con sin por para como cuando donde mi mis tu tus su sus yo se lo es son ser estar no mas muy o os um uma uns umas do da dos das ao na nas nos pelo pela com sem seu sua meu minha eu ele ela voce gli lo uno di dello della dei delle il nel nella con senza per tra fra mio mia tuo tua suo sua io che chi come non piu e ed',
    // Germanic languages
    'der das dem den ein eine einer einem einen eines und oder nicht kein keine ich du er sie es wir ihr mich mir dich dir sich mein meine dein deine sein seine im zu zum zur von vom bei mit ohne fur auf aus an ist sind wie was wer het een van voor met zonder niet ik jij hij zij mijn',
    // Slavic languages
    'и в во на с со к ко о об от до из за по под над при без для не ни что как это этот эта эти тот та те я ты он она мы вы они мои моя мое мне меня тебя себя его ее их бы ли же',
  ].flatMap((line) => line.split(' ')),
)
