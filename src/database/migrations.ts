/**
 * The schema as an ordered list of steps that only goes forward. Data, no I/O.
 * A released step must never change: databases remember its digest and refuse a program that tells its story otherwise.
 * Portable SQL; `BLOB` is the one word that is substituted by dialect.
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

/** Every step, oldest first. New ones are added at the end. */
export const MIGRATIONS: readonly Migration[] = [TRANSCRIPTS, GATEWAY_KEYS, SETTINGS, KEY_LIMITS]
