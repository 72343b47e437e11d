/**
 * Keys, tokens and passwords by their form or by where they stand: known prefixes, fences, URLs, headers, connection strings. Pure.
 * What only a word beside it gives away is in `named-secrets.ts`.
 */
import type { Finder, Found } from './finder.ts'
import type { RedactionKind } from './kinds.ts'
import { isStandIn } from './stand-ins.ts'

type SecretPattern = {
  readonly kind: RedactionKind
  /** What stands in every match: texts without it are not looked at. */
  readonly needs?: string
  /** Its group `secret` is what is redacted; without one, all of it. */
  readonly pattern: RegExp
  readonly isSecret?: (secret: string) => boolean
}

/** Letters and digits mixed: what has the form of a key in an example is mostly a word. */
const isMixed = (secret: string) => /\d/.test(secret) && /[A-Za-z]/.test(secret)

/** Names in a query or before a value that say what it is. */
const QUERY_NAME =
  'access[_-]?token|refresh[_-]?token|id[_-]?token|auth[_-]?token|api[_-]?token|bot[_-]?token|x-amz-(?:signature|security-token|credential)|x-goog-(?:signature|credential)|token|api[_-]?key|apikey|app[_-]?key|app[_-]?secret|access[_-]?key(?:[_-]?id)?|subscription-key|client[_-]?secret|secret(?:[_-]?key)?|key|signature|sig|hmac|auth(?:orization)?|credentials?|session(?:[_-]?(?:id|key|token))?|sid|phpsessid|jsessionid|jwt|assertion|saml(?:request|response)|otp|reset[_-]?(?:token|code)|magic|ticket|code'

const PATTERNS: readonly SecretPattern[] = [
  {
    kind: 'private_key',
    needs: '-----BEGIN',
    pattern:
      /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----)){0,20000}(?:-----END (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?/g,
  },
  { kind: 'private_key', needs: 'AGE-SECRET', pattern: /AGE-SECRET-KEY-1[A-Z0-9]{50,64}/g },
  {
    kind: 'private_key',
    needs: 'Private-Lines',
    pattern: /Private-Lines: \d{1,3}\s{1,2}(?<secret>(?:[A-Za-z0-9+/=]{1,80}\s{1,2}){1,200})/g,
  },
  // Keys and tokens of known forms.
  {
    kind: 'api_key',
    pattern:
      /(?<![A-Za-z0-9_-])(?:sk-(?:proj-|ant-|or-|svcacct-|admin-)?[A-Za-z0-9_-]{20,200}|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,128}|whsec_[A-Za-z0-9+/=]{20,80}|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{30,255}|gl(?:pat|dt|rt|soat|cbt|ptt|ft)-[A-Za-z0-9_-]{20,64}|xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,200}|xapp-[A-Za-z0-9-]{20,200}|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{24,40}|ya29\.[A-Za-z0-9_-]{20,400}|1\/\/0[A-Za-z0-9_-]{30,200}|hf_[A-Za-z0-9]{30,60}|gsk_[A-Za-z0-9]{30,80}|xai-[A-Za-z0-9]{40,120}|pplx-[A-Za-z0-9]{32,64}|tvly-[A-Za-z0-9-]{20,64}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,250}|dop_v1_[a-f0-9]{64}|dapi[a-f0-9]{32}|hv[sbr]\.[A-Za-z0-9_-]{24,200}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,60}|EAA[A-Za-z0-9]{60,300}|ATATT3[A-Za-z0-9_=-]{60,300}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|NRAK-[A-Z0-9]{27}|gl(?:sa|c)_[A-Za-z0-9+/=_]{32,200}|lsv2_(?:pt|sk)_[a-f0-9_]{32,80}|sntrys_[A-Za-z0-9+/=_]{40,300}|(?:pk|sk)\.eyJ[A-Za-z0-9_-]{20,400}\.[A-Za-z0-9_-]{10,60}|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}|AC[a-f0-9]{32}|SK[a-f0-9]{32}|key-[a-f0-9]{32}|secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,60}|(?:lin_api|sbp|nvapi|r8|figd)[_-][A-Za-z0-9_-]{30,120}|dckr_pat_[A-Za-z0-9_-]{20,60}|tskey-[a-z]{3,12}-[A-Za-z0-9]{8,32}-[A-Za-z0-9]{16,64}|eyJ[A-Za-z0-9_-]{10,2000}\.(?:eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}|[A-Za-z0-9_-]{0,1000}\.[A-Za-z0-9_-]{10,100}\.[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,100})|\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9])/g,
    isSecret: isMixed,
  },
  // Hooks that whoever knows the address may post to.
  {
    kind: 'api_key',
    needs: '/',
    pattern:
      /(?:hooks\.slack\.com\/(?:services|workflows)\/|discord(?:app)?\.com\/api\/webhooks\/|outlook\.office\.com\/webhook\/|api\.telegram\.org\/bot)(?<secret>[A-Za-z0-9_/@:-]{20,200})/g,
  },
  // Whom a URL logs in.
  {
    kind: 'api_key',
    needs: '://',
    pattern: /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/"'<>]{0,100}:(?<secret>[^\s/"'<>]{1,200})(?=@)/gi,
    isSecret: (secret) => !isStandIn(secret),
  },
  {
    kind: 'api_key',
    needs: '://',
    pattern: /[a-z][a-z0-9+.-]{1,20}:\/\/(?<secret>[A-Za-z0-9_-]{16,200})(?=@)/gi,
    isSecret: isMixed,
  },
  // What a command logs in with.
  {
    kind: 'password',
    needs: '-u',
    pattern:
      /(?<![\w-])(?:-u|--user|--proxy-user)[ =]["']?[^\s:"']{1,64}:(?<secret>[^\s"']{3,100})/g,
    isSecret: (secret) => !isStandIn(secret) && !/^\d{1,5}(?::|$)/.test(secret),
  },
  {
    kind: 'password',
    needs: '-p',
    pattern:
      /\b(?:mysql(?:dump|admin)?|mariadb(?:-dump)?|sshpass|docker login|mongosh?)\b[^\n|;]{0,120}?\s(?:-p|--password[ =])\s?["']?(?<secret>[^\s"']{4,100})/g,
    isSecret: (secret) => !isStandIn(secret) && isMixed(secret),
  },
  // What a URL's query says of whoever calls it.
  {
    kind: 'api_key',
    needs: '=',
    pattern: inQuery(QUERY_NAME),
    isSecret: (secret) => !isStandIn(secret) && !/^(?:[a-z]{1,10}|\d{1,3})$/.test(secret),
  },
  {
    kind: 'password',
    needs: '=',
    pattern: inQuery('password|passwd|passwort|passphrase|pwd|pass'),
    isSecret: (secret) => !isStandIn(secret),
  },
  // Headers.
  {
    kind: 'api_key',
    needs: 'earer',
    pattern: /\b[Bb]earer\s{1,3}(?<secret>[A-Za-z0-9._~+/=-]{20,2000})/g,
    isSecret: isMixed,
  },
  {
    kind: 'api_key',
    pattern:
      /\b(?:proxy-)?authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:(?:bearer|basic|token|digest|negotiate|apikey|bot)\s{1,3})?(?<secret>[A-Za-z0-9._~+/=:-]{8,2000})/gi,
    isSecret: (secret) => !isStandIn(secret) && /\d|[a-z][A-Z]|=$/.test(secret),
  },
  {
    kind: 'api_key',
    pattern:
      /\b(?:x-[a-z0-9-]{0,20}(?:key|token|secret)|api-key)["']?\s{0,3}:\s{0,3}["']?(?<secret>[A-Za-z0-9._~+/=:-]{6,2000})/gi,
    isSecret: (secret) => !isStandIn(secret) && /\d/.test(secret),
  },
]

function inQuery(names: string): RegExp {
  return new RegExp(`[?&;#](?:${names})=(?<secret>[^&;#\\s"'<>()\\[\\]{}\`\\\\]{3,2000})`, 'gi')
}

export function* findSecrets(text: string): Generator<Found> {
  for (const { kind, needs, pattern, isSecret } of PATTERNS) {
    if (needs !== undefined && !text.includes(needs)) continue
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.secret ?? match[0]
      if (isSecret && !isSecret(secret)) continue
      const start = match.index + match[0].lastIndexOf(secret)
      yield { kind, start, end: start + secret.length, value: secret }
    }
  }
}

findSecrets satisfies Finder
