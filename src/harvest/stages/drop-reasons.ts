/**
 * Every reason for which a stage drops an example, with what it means to a reader of a manifest. Constants only.
 * The list is closed: a stage that has a new reason adds it here.
 */

export const DROP_REASONS = {
  reasoning_missing: 'the format holds reasoning, and there is none',
  reasoning_boundary: 'a boundary of a second deliberation stands in the reasoning',
  answer_missing: 'neither words nor a tool call were answered',
  answer_cut: 'the answer ended for another reason than that it was complete',
  boundary_in_answer: 'a boundary of the reasoning stands in the answer',
  analysis_in_answer: 'the line that ends the reasoning stands in the answer',
  citation_unknown: 'a clause is cited that the sections before the model do not hold',
  citation_irrelevant: 'a clause is cited that does not bear on the exchange',
  decision_mismatch: 'the answer is of another class than the decision that was declared',
  foreign_policy: "the reasoning rests on a vendor's policy",
  foreign_identity: 'another assistant or vendor is named as the speaker',
  watched: 'the reasoning speaks of being judged, scored, tested, watched or logged',
  judge_missing: 'fewer verdicts count than were asked for',
  judge_failed: 'a verdict that counts did not pass',
  judge_low: 'a score is lower than was asked for, in at least one verdict',
  evaluation_overlap: 'prompt or answer overlaps with an evaluation set',
  evaluation_tagged: 'the request was made by an evaluation',
  special_category: 'special categories of personal data are named of somebody',
  hazard_quarantined: 'the reasoning behind a refusal may itself be hazardous',
  rights_none: 'nothing made by the upstream model may be trained on',
  rights_internal: 'what the upstream model made is for internal training alone',
  consent_missing: 'the caller did not consent to harvest',
  store_refused: 'the request asked not to be stored',
  label_bad: 'somebody labelled it bad',
  label_wrong_decision: 'somebody overturned the decision, and wrote no other answer',
  label_missing: 'nobody labelled it good',
  duplicate_exact: 'an earlier example has the same words',
  duplicate_near: 'an earlier example has almost the same words',
  cap_tenant: 'its tenant has its share already',
  cap_template: 'its template has its share already',
  balance_cell: 'its section and decision have their share already',
  balance_look_alikes: 'without it, benign look-alikes reach their share',
} as const satisfies Readonly<Record<string, string>>

export type CascadeDropReason = keyof typeof DROP_REASONS

/** Dropped examples with one of these are listed by id, in a file of their own, for people who may look at them. */
export const QUARANTINE_REASONS: readonly CascadeDropReason[] = ['hazard_quarantined']
