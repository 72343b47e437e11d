/**
 * The language of the request, where some are asked for: what its user turns are written in, as script and common words tell.
 * Pure. What is too short or too mixed to tell is `und`, and stays where that is asked for.
 */
import { detectLanguage } from '../../text/language.ts'
import type { ExampleStage } from '../stage.ts'
import { promptTexts } from './example-texts.ts'
import { createFilterStage } from './filter-stage.ts'

export function createLanguageStage(languages: readonly string[]): ExampleStage {
  return createFilterStage({
    name: 'language',
    version: 1,
    faultOf({ prompt }) {
      const asked = promptTexts(prompt, (role) => role === 'user').join('\n')
      return languages.includes(detectLanguage(asked)) ? null : 'language_other'
    },
  })
}
