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

/**
 * Words of any request whatever its subject: what is asked for, its form, and the commonest nouns and verbs. They may hold a
 * phrase together, and say nothing of a section by themselves.
 */
export const GENERIC_WORDS: ReadonlySet<string> = new Set(
  [
    'write writes writing written explain describe list lists help helps find tell show create creates created provide produce produced generate answer answers ask asks asked question questions request requests respond response responses reply need needs want wants wanted please start begin look looks take takes took keep know knows known think thinks come comes leave work works working worked call called calls try turn move change changes set put play read reads say says said seem talk feel become allow allowed include included including follow following follows contain contains based apply call bring hold long meet',
    'story stories letter letters word words text texts essay article articles speech poem song book books page post posts message messages email review report reports summary list example examples sentence sentences line lines paragraph style form format name names number numbers case cases point points part parts piece step steps section sections detail details topic subject title content information material source sources result results version kind type level range',
    'people person someone others user users man woman child friend group groups team member members public world country countries state city place places home house room school company business market product products customer customers service services job project plan plans idea ideas problem problems reason reasons fact facts issue issues purpose interest need time times date day days week month months year years today night hour hours moment life history news media',
    'good better best great general common short whole entire full real true free different similar important specific certain several every most least last next new old high low large small main right left early later early easy hard simple clear open close current possible available likely able sure near within across against together',
    'system data number value power process program tool tools account computer file files order rule rules law term terms term account against action actions effect effects access control use',
  ].flatMap((line) => line.split(' ')),
)
