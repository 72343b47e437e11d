/**
 * What may be wrong with a revision, as closed words, in the order in which it is looked for. Data, no I/O.
 * People and pipelines act on these words: one that was released keeps its meaning.
 */

export const ADMISSION_CODES = [
  // What was sent cannot be read; nothing of it is kept.
  'envelope_unreadable',
  'payload_unreadable',
  // Whose it is, and who signed it.
  'policy_mismatch',
  'header_invalid',
  'type_wrong',
  'algorithm_refused',
  'signer_unknown',
  'signature_invalid',
  'audience_mismatch',
  'signatures_missing',
  // Times and number.
  'times_reversed',
  'expired',
  'number_replayed',
  'number_taken',
  'number_far',
  // Contents.
  'content_missing',
  'bundle_malformed',
  'id_mismatch',
  'digest_mismatch',
  'tests_malformed',
  'tests_digest_mismatch',
  'never_served',
  'stop_misplaced',
  'stop_outdated',
  // The rules of `chambers policy check`, then golden cases.
  'check_failed',
  'test_failed',
  'decision_failed',
  // Warnings: they bar nothing.
  'check_warning',
  'test_warning',
  'decisions_skipped',
  'signature_repeated',
  'supersedes_other',
  // In place of what would be too much to keep.
  'more_problems',
] as const

export type AdmissionCode = (typeof ADMISSION_CODES)[number]
