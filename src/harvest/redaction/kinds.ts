/**
 * What redaction finds and what it does not, in words for whoever trains on the rows: the dataset card, the manifest and
 * docs/data.md are made of this table. Data alone.
 */

/** In words: what is found of each kind, and by what. */
export const FOUND = {
  private_key: 'private keys between their fences (PEM, OpenSSH, PGP), age and PuTTY keys',
  api_key:
    'keys and tokens of some sixty known forms, JWTs, what follows `Bearer` or stands in a header, in the query or before the host of a URL, in a connection string, or under a name like `API_KEY`',
  password:
    'passwords and PINs, said in words of thirty languages (`my password is …`) or written under a name (`password=`, JSON, YAML, .env)',
  email: 'mail addresses, also as URLs, HTML and JSON write them, and with `(at)`',
  iban: 'bank accounts by country, form and checksum (IBAN, 80 countries and more)',
  card: 'payment cards of 13 to 19 digits by checksum',
  ssn: 'US social security numbers with their hyphens',
  national_id:
    'personal numbers of 29 countries with their own written form or checksum; of others, and passports, where a word for it stands before them',
  birth_date: 'dates of birth after a word for it, or said of oneself, in twenty-five languages',
  ip: 'public IP addresses',
  phone:
    'telephone numbers of every country with `+` or `00`; national forms by numbering plan, where a word for telephones stands by them, or where the language of the text is spoken',
} as const

export type RedactionKind = keyof typeof FOUND

export const REDACTION_KINDS = Object.keys(FOUND) as readonly RedactionKind[]

/** What no table and no checksum tells: it stays as it was written. */
export const NOT_FOUND = [
  'names of people',
  'postal addresses and places',
  'birth dates in running text about others',
  'ages, occupations, employers, schools',
  'user names and handles, profiles and other links',
  'number plates, and numbers of customers, patients, orders and cases',
  'personal numbers without a form, a checksum or a word of their own',
  'national telephone numbers without such a word, in a text of another language',
  'passwords that are ordinary words, said without quotation marks',
  'what stands in images, files and names of JSON members',
] as const
