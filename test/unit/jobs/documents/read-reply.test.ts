import { describe, expect, it } from 'vitest'
import { documentFault, isDomainName, readList } from '../../../../src/jobs/documents/read-reply.ts'

const read = (reply: string, count = 3) => {
  const list = readList(reply, { count })
  return list.ok ? list.value : list.failure
}

describe('a list', () => {
  it.each([
    ['strict JSON', '{"items":["One","Two"]}', ['One', 'Two']],
    ['a fence around it', '```json\n{"items":["One"]}\n```', ['One']],
    ['white space and line ends within', '{"items":[" One\\n two "]}', ['One two']],
    ['the same twice', '{"items":["One","one","Two"]}', ['One', 'Two']],
    ['more than asked for', '{"items":["1","2","3","4"]}', ['1', '2', '3']],
  ])('is read with %s', (_, reply, items) => {
    expect(read(reply)).toEqual(items)
  })

  it.each([
    ['prose', 'Here are some: One, Two', 'list_unreadable'],
    ['prose before it', 'Sure! {"items":["One"]}', 'list_unreadable'],
    ['a bare list', '["One"]', 'list_unreadable'],
    ['another member', '{"items":["One"],"note":"x"}', 'list_unreadable'],
    ['items that are no text', '{"items":[1]}', 'list_unreadable'],
    ['a cut end', '{"items":["One"', 'list_unreadable'],
    ['nothing in it', '{"items":[" "]}', 'list_empty'],
  ])('that is %s is none', (_, reply, fault) => {
    expect(read(reply)).toBe(fault)
  })

  it('of domains has names of one to four words', () => {
    expect(['Care', 'Help with the law'].every(isDomainName)).toBe(true)
    expect(isDomainName('What the assistant leaves out')).toBe(false)
  })
})

describe('a document', () => {
  const text = 'The assistant says plainly what it leaves out and why it does so. '.repeat(10)

  it('is kept as it is', () => {
    expect(documentFault(text)).toBeNull()
    expect(documentFault(`${text} It took 12 minutes, [laughs], and 3/4 of a page.`)).toBeNull()
  })

  it.each([
    ['few words', 'The assistant is kind.', 'document_short'],
    ['a link', `${text} See https://example.com/x.`, 'document_link'],
    ['an address', `${text} Write to me@example.com.`, 'document_link'],
    ['a year', `${text} It was 2024 then.`, 'document_date'],
    ['a day', `${text} On March 3 we met.`, 'document_date'],
    ['a short date', `${text} (12/05/24)`, 'document_date'],
    ['a footnote', `${text} As shown [3].`, 'document_citation'],
    ['a reference', `${text} Smith et al. agree.`, 'document_citation'],
    ['a gap', `Dear [Name], ${text}`, 'document_gap'],
  ])('with %s is not kept', (_, document, fault) => {
    expect(documentFault(document)).toBe(fault)
  })

  it.each([
    ['Chinese', '助手会清楚地说明它省略了什么内容，以及为什么要这样做。'],
    ['Japanese', 'アシスタントは、何を省いたのか、なぜそうしたのかをはっきりと説明する。'],
    ['Thai', 'ผู้ช่วยอธิบายอย่างชัดเจนว่าเว้นสิ่งใดไว้และเพราะเหตุใด '],
  ])('is long enough in %s, which writes no spaces', (_, sentence) => {
    expect(documentFault(sentence)).toBe('document_short')
    expect(documentFault(sentence.repeat(10))).toBeNull()
  })
})
