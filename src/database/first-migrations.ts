/**
 * The steps of the schema up to the eighth, oldest first: they are released, and never change. Data, no I/O.
 */

export type Migration = {
  readonly version: number
  readonly name: string
  readonly statements: readonly string[]
}

const TRANSCRIPTS: Migration = {
  version: 1,
  name: 'transcripts',
  statements: [
    `CREATE TABLE transcripts (
      id TEXT PRIMARY KEY,
      schema_version BIGINT NOT NULL,
      time BIGINT NOT NULL,
      tenant TEXT NOT NULL,
      app TEXT NOT NULL,
      session TEXT,
      subject TEXT,
      mode TEXT NOT NULL,
      consent TEXT NOT NULL,
      policy_id TEXT NOT NULL,
      policy_digest TEXT NOT NULL,
      policy_revision BIGINT NOT NULL,
      protocol_digest TEXT NOT NULL,
      sections TEXT NOT NULL,
      outcome TEXT NOT NULL,
      outcome_reason TEXT,
      decision TEXT,
      attempts BIGINT NOT NULL,
      provider TEXT NOT NULL,
      model TEXT NOT NULL,
      family TEXT,
      license TEXT,
      training_rights TEXT NOT NULL,
      min_helpfulness DOUBLE PRECISION,
      min_style DOUBLE PRECISION,
      min_grounded DOUBLE PRECISION,
      min_consistent DOUBLE PRECISION,
      min_relevant DOUBLE PRECISION,
      prompt_tokens BIGINT,
      completion_tokens BIGINT,
      reasoning_tokens BIGINT,
      judge_tokens BIGINT,
      total_ms DOUBLE PRECISION,
      model_ms DOUBLE PRECISION,
      content_key TEXT,
      content_bytes BIGINT NOT NULL
    )`,
    'CREATE INDEX transcripts_by_time ON transcripts (tenant, time, id)',
    'CREATE INDEX transcripts_by_session ON transcripts (tenant, session) WHERE session IS NOT NULL',
    'CREATE INDEX transcripts_by_subject ON transcripts (tenant, subject) WHERE subject IS NOT NULL',
    'CREATE TABLE blobs (name TEXT PRIMARY KEY, bytes BLOB NOT NULL)',
  ],
}

const GATEWAY_KEYS: Migration = {
  version: 2,
  name: 'gateway keys',
  statements: [
    `CREATE TABLE gateway_keys (
      id TEXT PRIMARY KEY,
      hash TEXT NOT NULL UNIQUE,
      tenant TEXT NOT NULL,
      app TEXT NOT NULL,
      policies TEXT NOT NULL,
      consent TEXT NOT NULL,
      minimum_mode TEXT,
      created BIGINT NOT NULL,
      expires BIGINT,
      revoked BIGINT
    )`,
  ],
}

const SETTINGS: Migration = {
  version: 3,
  name: 'settings',
  statements: ['CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)'],
}

const KEY_LIMITS: Migration = {
  version: 4,
  name: 'limits of gateway keys',
  statements: ['ALTER TABLE gateway_keys ADD COLUMN requests_per_minute BIGINT'],
}

const AUDIT: Migration = {
  version: 5,
  name: 'audit log',
  statements: [
    `CREATE TABLE audit (
      seq BIGINT PRIMARY KEY,
      time BIGINT NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      policy TEXT,
      tenant TEXT,
      details TEXT NOT NULL,
      prev TEXT NOT NULL,
      hash TEXT NOT NULL
    )`,
  ],
}

/** A change of state is a new row: two at once want the same version, and one of them is refused. */
const POLICY_REVISIONS: Migration = {
  version: 6,
  name: 'policy revisions',
  statements: [
    'CREATE TABLE policy_contents (digest TEXT PRIMARY KEY, content BLOB NOT NULL)',
    `CREATE TABLE policy_revisions (
      policy TEXT NOT NULL,
      number BIGINT NOT NULL,
      digest TEXT NOT NULL,
      jws TEXT NOT NULL,
      report TEXT NOT NULL,
      pushed BIGINT NOT NULL,
      pushed_by TEXT NOT NULL,
      PRIMARY KEY (policy, number)
    )`,
    `CREATE TABLE policy_rejections (
      id TEXT PRIMARY KEY,
      policy TEXT NOT NULL,
      number BIGINT,
      digest TEXT,
      problems TEXT NOT NULL,
      pushed BIGINT NOT NULL,
      pushed_by TEXT NOT NULL
    )`,
    'CREATE INDEX policy_rejections_by_policy ON policy_rejections (policy, pushed)',
    `CREATE TABLE policy_states (
      policy TEXT NOT NULL,
      version BIGINT NOT NULL,
      action TEXT NOT NULL,
      active BIGINT NOT NULL,
      active_digest TEXT NOT NULL,
      candidate BIGINT,
      candidate_digest TEXT,
      percent DOUBLE PRECISION NOT NULL,
      shadow BIGINT NOT NULL,
      changed BIGINT NOT NULL,
      changed_by TEXT NOT NULL,
      reason TEXT,
      PRIMARY KEY (policy, version)
    )`,
    `CREATE TABLE instances (
      id TEXT PRIMARY KEY,
      started BIGINT NOT NULL,
      seen BIGINT NOT NULL,
      report TEXT NOT NULL
    )`,
    'CREATE INDEX instances_by_seen ON instances (seen)',
    'CREATE INDEX transcripts_by_policy ON transcripts (policy_id, time, id)',
  ],
}

/** What candidates would have decided, beside the transcripts: those are written before a candidate looks. */
const CANDIDATE_REVIEWS: Migration = {
  version: 7,
  name: 'candidate reviews',
  statements: [
    `CREATE TABLE candidate_reviews (
      transcript_id TEXT PRIMARY KEY,
      time BIGINT NOT NULL,
      tenant TEXT NOT NULL,
      policy TEXT NOT NULL,
      version BIGINT NOT NULL,
      candidate TEXT NOT NULL,
      agreement TEXT NOT NULL,
      sections TEXT NOT NULL,
      reasons TEXT NOT NULL,
      failure TEXT
    )`,
    'CREATE INDEX candidate_reviews_by_policy ON candidate_reviews (policy, time, transcript_id)',
  ],
}

/**
 * What people say of transcripts, what was exported, and who was deleted. An export remembers subjects, not rows: that is
 * all a deletion asks it for, and it outlives the rows.
 */
const LABELS_AND_EXPORTS: Migration = {
  version: 8,
  name: 'labels and exports',
  statements: [
    `CREATE TABLE labels (
      id TEXT PRIMARY KEY,
      transcript_id TEXT NOT NULL,
      time BIGINT NOT NULL,
      author TEXT NOT NULL,
      kind TEXT NOT NULL,
      decision TEXT,
      clauses TEXT NOT NULL,
      content TEXT
    )`,
    'CREATE INDEX labels_by_transcript ON labels (transcript_id, time)',
    'CREATE INDEX labels_by_kind ON labels (kind, transcript_id)',
    `CREATE TABLE exports (
      id TEXT PRIMARY KEY,
      time BIGINT NOT NULL,
      actor TEXT NOT NULL,
      format TEXT NOT NULL,
      filters TEXT NOT NULL,
      manifest_digest TEXT NOT NULL,
      transcripts BIGINT NOT NULL
    )`,
    `CREATE TABLE export_subjects (
      subject TEXT NOT NULL,
      tenant TEXT NOT NULL,
      export_id TEXT NOT NULL,
      transcripts BIGINT NOT NULL,
      PRIMARY KEY (subject, tenant, export_id)
    )`,
    'CREATE INDEX export_subjects_by_export ON export_subjects (export_id)',
    `CREATE TABLE deleted_subjects (
      subject TEXT NOT NULL,
      tenant TEXT NOT NULL,
      time BIGINT NOT NULL,
      PRIMARY KEY (subject, tenant)
    )`,
    `CREATE TABLE expirations (
      day TEXT NOT NULL,
      audited BIGINT NOT NULL,
      transcripts BIGINT NOT NULL,
      PRIMARY KEY (day, audited)
    )`,
    'CREATE INDEX transcripts_by_digest ON transcripts (policy_id, policy_digest, time, id)',
  ],
}

export const FIRST_MIGRATIONS: readonly Migration[] = [
  TRANSCRIPTS,
  GATEWAY_KEYS,
  SETTINGS,
  KEY_LIMITS,
  AUDIT,
  POLICY_REVISIONS,
  CANDIDATE_REVIEWS,
  LABELS_AND_EXPORTS,
]
