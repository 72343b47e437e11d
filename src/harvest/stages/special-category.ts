/**
 * Step 9, by option: examples in which somebody tells of their own health, faith, politics, origin, sexuality, or that they are a
 * minor, go out as a whole, since no placeholder takes such a fact away. Pure. Asking about a subject is no such fact.
 */

import { runPattern, singleSpaced, wordPattern } from '../../text/word-pattern.ts'
import type { Example } from '../example.ts'
import type { ExampleStage } from '../stage.ts'
import { promptTexts } from './example-texts.ts'
import { createFilterStage } from './filter-stage.ts'

export function createSpecialCategoryStage(): ExampleStage {
  return createFilterStage({
    name: 'special-category',
    version: 2,
    faultOf: (example) => (tellsOfSomebody(example) ? 'special_category' : null),
  })
}

const PERSON =
  '(?:my (?:son|daughter|child|kid|wife|husband|partner|mother|father|mom|mum|dad|brother|sister|friend|patient|student|colleague|client)(?: [\\p{L}]+)?)'
const ILLNESS =
  "(?:depression|anxiety|bipolar(?: disorder)?|schizophrenia|ptsd|ocd|adhd|autism|autistic|diabet(?:es|ic)|cancer|hiv(?:[- ]positive)?|aids|epilepsy|asthma|anorexi[ac]|bulimi[ac]|hepatitis|herpes|dementia|parkinson's|leuk(?:a)?emia|an eating disorder|an addiction|addicted|suicidal|pregnant|a miscarriage|an abortion)"

const SAID = wordPattern([
  `(?:I|we)(?: have|'ve|’ve| had|'m|’m| am| was| were| got| suffer(?:ed)? from| live with| tested positive for)(?: [\\p{L}]+){0,3} ${ILLNESS}`,
  `my (?:[\\p{L}]+ )?(?:${ILLNESS}|diagnosis|therapist|psychiatrist|oncologist|antidepressants?|chemo(?:therapy)?|medication|miscarriage|abortion)`,
  `${PERSON} (?:has|had|is|was|got|suffers from|was diagnosed with|tested positive for)(?: [\\p{L}]+){0,3} ${ILLNESS}`,
  "(?:I|(?:he|she)|we)(?: have| has|'ve|’ve)? (?:was|were|been|am|is) diagnosed with",
  "(?:I am|I'm|I’m|im) (?:a )?(?:gay|lesbian|bisexual|trans(?:gender)?|queer|muslim|christian|catholic|jewish|hindu|buddhist|sikh|atheist|black|latin[oa]|hispanic|roma|republican|democrat|communist|a union member)",
  "(?<!(?:like|as if|as though|pretend|imagine|suppose) )(?:I am|I'm|I’m|im) (?:only |just )?(?:[5-9]|1[0-7])(?: (?:years? old|yrs? old|yo)|(?=[ ,.;!]+(?:and|in|a|my|so|but)\\b))",
  `${PERSON} is (?:only |just )?(?:[1-9]|1[0-7])(?: (?:years?|months?) old)?`,
  "I(?: am|'m|’m) (?:a minor|underage|in (?:[1-9]th grade|middle school|elementary school|primary school))",
  'ich (?:habe|leide an|bin)(?: [\\p{L}]+){0,3} (?:depressionen|depressiv|krebs|diabetes|hiv|epilepsie|magersucht|schwanger|schwul|lesbisch|muslim\\p{L}*|jüdisch|minderjährig)|ich bin (?:erst )?(?:[5-9]|1[0-7]) jahre',
  "j['’]ai (?:un cancer|le sida|le vih|du diabète|une dépression|(?:[5-9]|1[0-7]) ans)|je suis (?:enceinte|séropositi\\p{L}+|dépressi\\p{L}+|diabétique|homosexuel\\p{L}*|gay|lesbienne|musulman\\p{L}*|juif|juive|mineure?)",
  '(?:tengo|sufro de|padezco|soy|estoy)(?: [\\p{L}]+){0,2} (?:cáncer|diabetes|depresión|vih|sida|epilepsia|embarazada|diabétic[oa]|seropositiv[oa]|gay|lesbiana|musulm[aá]n\\p{L}*|judí[oa]|menor de edad)|tengo (?:[5-9]|1[0-7]) años',
  '(?:tenho|sofro de|sou|estou)(?: [\\p{L}]+){0,2} (?:câncer|cancro|diabetes|depressão|hiv|epilepsia|grávida|diabétic[oa]|gay|lésbica|muçulman[oa]|judeu|judia|menor de idade)|tenho (?:[5-9]|1[0-7]) anos',
  '(?:ho|soffro di|sono)(?: [\\p{L}]+){0,2} (?:il cancro|cancro|diabete|depressione|hiv|epilessia|incinta|gay|lesbica|musulman[oa]|ebre[oa]|minorenne)|ho (?:[5-9]|1[0-7]) anni',
  'у меня(?: [\\p{L}]+){0,2} (?:рак|диабет|депрессия|вич|эпилепсия)|я (?:беременна|гей|лесбиянка|мусульман\\p{L}+|еврей\\p{L}*|несовершеннолетн\\p{L}+)|мне (?:всего )?(?:[5-9]|1[0-7]) лет',
])

const SAID_IN_RUNS = runPattern([
  '我(?:有|患有|得了|被诊断(?:为|出)?|确诊)[^。]{0,6}(?:抑郁|癌|糖尿病|艾滋|癫痫|厌食)|我(?:怀孕了|是同性恋|是未成年|今年(?:[5-9]|1[0-7])岁)',
  '私は[^。]{0,8}(?:うつ病|癌|がん|糖尿病|HIV|てんかん|妊娠|同性愛|未成年)|(?:私は|僕は)(?:[5-9]|1[0-7])歳',
])

function tellsOfSomebody({ prompt }: Example): boolean {
  const said = singleSpaced(promptTexts(prompt, (role) => role === 'user').join('\n'))
  return [SAID, SAID_IN_RUNS].some((pattern) => said.search(pattern) !== -1)
}
