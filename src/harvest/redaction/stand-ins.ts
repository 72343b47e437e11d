/** What stands where a secret would: `<password>`, `$TOKEN`, `your-api-key`, `****`, a type, a call. Pure. */

/** Signs that no one types for a password, but that templates and code do. */
const TEMPLATE = /^[<[{($%*]|^\/\[|[*•●]{3}|^(?:x{3,}|\.{2,}|-{2,}|_{2,})|\$\{|\{\{|^@\w{1,40}$/i

/** Words of examples, of types and of code. */
const WORD =
  /^(?:your|my|the|some|our|user|example|sample|dummy|test|fake|mock|insert|enter|replace|todo|foo|bar|redacted|hidden|secret|password|passwort|passwd|token|key|api[_-]?key|string|str|text|number|int|integer|bool|boolean|varchar|char|bytes?|any|void|object|required|optional|nullable|null|nil|none|undefined|true|false|yes|no|on|off|empty|blank|default|value|changeme|change[_-]me)(?![a-z])/i

/** A path of names, or a call: `settings.key`, `user.password`, `getpass()`. */
const CODE = /^[A-Za-z_$][\w$]{0,60}(?:[([]|(?:\.|->|::)[A-Za-z_$])/

export function isStandIn(text: string): boolean {
  if (TEMPLATE.test(text)) return true
  if (/\d/.test(text) && !/^(?:your|my|example|sample|insert|enter)[_-]/i.test(text)) {
    // `test1234` is a password all the same.
    return (
      CODE.test(text) && /^(?:process|os|env|config|settings|self|this|args|secrets?)\b/.test(text)
    )
  }
  return WORD.test(text) || CODE.test(text)
}
