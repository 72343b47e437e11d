/**
 * The schema as an ordered list of steps that only goes forward. Data, no I/O.
 * A released step must never change: databases remember its digest and refuse a program that tells its story otherwise.
 * Portable SQL; `BLOB` is the one word that is substituted by dialect.
 */

import { FIRST_MIGRATIONS, type Migration } from './first-migrations.ts'

/** A share may be of some callers alone, and of one policy's callers some may get what serves another. JSON, read whole. */
const CALLERS_AND_MOVES: Migration = {
  version: 9,
  name: 'callers of rollouts and moves',
  statements: [
    'ALTER TABLE policy_states ADD COLUMN callers TEXT',
    'ALTER TABLE policy_states ADD COLUMN move TEXT',
  ],
}

/**
 * Signatures that came after their revision was pushed: each is a row of its own, so that of two at once neither is lost.
 * `stopped`: the revision that one person took back, until what serves bears the signatures that it asked for.
 */
const JOINED_SIGNATURES: Migration = {
  version: 10,
  name: 'joined signatures',
  statements: [
    `CREATE TABLE policy_signatures (
      policy TEXT NOT NULL,
      number BIGINT NOT NULL,
      thumbprint TEXT NOT NULL,
      kid TEXT NOT NULL,
      protected TEXT NOT NULL,
      signature TEXT NOT NULL,
      joined BIGINT NOT NULL,
      joined_by TEXT NOT NULL,
      PRIMARY KEY (policy, number, thumbprint)
    )`,
    'ALTER TABLE policy_states ADD COLUMN stopped BIGINT',
  ],
}

/**
 * The order in which things were stored. What is there already is numbered by its time; `number` is null on PostgreSQL alone, for
 * what nobody has asked for yet.
 */
const CHANGES: Migration = {
  version: 12,
  name: 'numbers of changes',
  statements: [
    `CREATE TABLE changes (
      number BIGINT UNIQUE,
      kind TEXT NOT NULL,
      transcript_id TEXT NOT NULL,
      label_id TEXT,
      tenant TEXT NOT NULL,
      time BIGINT NOT NULL
    )`,
    `INSERT INTO changes (number, kind, transcript_id, label_id, tenant, time)
      SELECT ROW_NUMBER() OVER (ORDER BY time, kind DESC, transcript_id, label_id), kind, transcript_id, label_id, tenant, time FROM (
        SELECT 'transcript' AS kind, id AS transcript_id, NULL AS label_id, tenant, time FROM transcripts
        UNION ALL
        SELECT 'label', t.id, l.id, t.tenant, l.time FROM labels l JOIN transcripts t ON t.id = l.transcript_id
      ) AS there`,
    'CREATE INDEX changes_by_transcript ON changes (transcript_id)',
    'CREATE INDEX changes_waiting ON changes (transcript_id) WHERE number IS NULL',
    "CREATE INDEX changes_of_others ON changes (number) WHERE kind <> 'transcript'",
    'ALTER TABLE exports ADD COLUMN name TEXT',
    'CREATE INDEX exports_by_name ON exports (name)',
  ],
}

/**
 * Which rows an export gave, and of whom: what a deletion asks for, and an increment. Without content, and kept for as long as files
 * may be: they outlive transcripts. `export_subjects` tells of exports that were noted before.
 */
const EXPORT_ROWS: Migration = {
  version: 13,
  name: 'rows of exports',
  statements: [
    `CREATE TABLE export_rows (
      export_id TEXT NOT NULL,
      transcript_id TEXT NOT NULL,
      row TEXT NOT NULL,
      tenant TEXT NOT NULL,
      subject TEXT,
      split TEXT,
      fingerprint BLOB,
      PRIMARY KEY (export_id, transcript_id, row)
    )`,
    'CREATE INDEX export_rows_by_subject ON export_rows (subject, export_id) WHERE subject IS NOT NULL',
  ],
}

/**
 * What the next turn of a conversation may ask for. Sealed: `content` is a JWE that the gateway's own keys alone open. `expires` is
 * wall time in milliseconds; `key` says which turn or response it is of, and nothing of what it says.
 */
const CONVERSATION_STATE: Migration = {
  version: 14,
  name: 'conversation state',
  statements: [
    `CREATE TABLE conversation_state (
      tenant TEXT NOT NULL,
      kind TEXT NOT NULL,
      key TEXT NOT NULL,
      subject TEXT,
      model TEXT NOT NULL,
      created BIGINT NOT NULL,
      expires BIGINT NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (tenant, kind, key)
    )`,
    'CREATE INDEX conversation_state_by_end ON conversation_state (expires)',
    'CREATE INDEX conversation_state_by_subject ON conversation_state (subject) WHERE subject IS NOT NULL',
  ],
}

/** People with tokens of their own. Of those who are not revoked, one has a name. */
const ADMINS: Migration = {
  version: 11,
  name: 'admins',
  statements: [
    `CREATE TABLE admins (
      id TEXT PRIMARY KEY,
      hash TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      scopes TEXT NOT NULL,
      tenants TEXT NOT NULL,
      policies TEXT NOT NULL,
      created BIGINT NOT NULL,
      created_by TEXT NOT NULL,
      expires BIGINT NOT NULL,
      revoked BIGINT
    )`,
    'CREATE UNIQUE INDEX admins_by_name ON admins (name) WHERE revoked IS NULL',
  ],
}

/** Every step, oldest first. New ones are added at the end. */
export const MIGRATIONS: readonly Migration[] = [
  ...FIRST_MIGRATIONS,
  CALLERS_AND_MOVES,
  JOINED_SIGNATURES,
  ADMINS,
  CHANGES,
  EXPORT_ROWS,
  CONVERSATION_STATE,
]
